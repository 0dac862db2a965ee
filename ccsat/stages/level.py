def locate_level(*a, **k): raise RuntimeError
