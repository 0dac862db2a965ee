"""Methods: one function each, from a table to an `Answer`; `catalogue.METHODS` says which fits what."""
