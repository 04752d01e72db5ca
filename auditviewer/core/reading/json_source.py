"""placeholder for the first run"""


def looks_like_json(head: str) -> bool:
    return False


def read_json_fast(*a):
    raise NotImplementedError


def read_json_carefully(*a):
    raise NotImplementedError
