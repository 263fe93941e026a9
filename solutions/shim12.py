from .ch10_body import ChunkedDecoder as OldChunked, LengthDecoder as OldLength
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
