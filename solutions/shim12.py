from .ch09_request import HttpError, RequestParser as OldParser
from .ch10_body import ChunkedDecoder as OldChunked, LengthDecoder as OldLength
class RequestParser:
    __slots__ = ("old",)
    def __init__(self): self.old = OldParser()
    def parse(self, buffer):
        old = OldParser()
        old._may_skip = self.old._may_skip
        try: r = old.feed(bytes(buffer))
        except HttpError:
            buffer[:] = old.begun; raise
        if r is None:
            buffer[:] = old.begun; self.old._may_skip = old._may_skip
            return None
        buffer[:] = old.rest; self.old._may_skip = True
        return r
class LengthDecoder(OldLength):
    def decode(self, buffer):
        c = self.feed(bytes(buffer)); buffer[:] = self.rest; self.rest = b""; return c
class ChunkedDecoder(OldChunked):
    def decode(self, buffer):
        data = bytes(buffer[getattr(self, "seen", 0):]); 
        c = self.feed(data)
        buffer[:] = self.rest if self.done else bytes(self._buffer)
        self.seen = len(buffer)
        return c
