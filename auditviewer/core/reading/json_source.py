"""placeholder for the first run"""
def looks_like_json(head: str) -> bool:
    return False
def read_json(*a): raise NotImplementedError
