from dataclasses import dataclass
@dataclass
class Base: source:str
def bases(*a): return ()
def vary(*a): raise NotImplementedError
