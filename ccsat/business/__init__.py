"""The business side: marketing rules, business rules and processes, targets against status, agreements with departments, and the pages for them."""
