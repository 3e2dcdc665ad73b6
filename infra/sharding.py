"""Which shard a stream lives in: murmur2 as Kafka's own default partitioner takes it, so shard n is partition n."""

from functools import lru_cache
from typing import Final

_MASK: Final = 0xFFFFFFFF
_M: Final = 0x5BD1E995


def murmur2(data: bytes) -> int:
    """Austin Appleby's MurmurHash2 (2008), 32 bits, with Kafka's seed.

    >>> [murmur2(key) for key in (b"21", b"foobar", b"a-little-bit-long-string")]  # org.apache.kafka UtilsTest
    [3321034988, 3504634814, 3308985760]
    """
    length = len(data)
    h = (0x9747B28C ^ length) & _MASK
    for at in range(0, length & ~3, 4):
        k = int.from_bytes(data[at : at + 4], "little") * _M & _MASK
        k = (k ^ (k >> 24)) * _M & _MASK
        h = (h * _M & _MASK) ^ k
    if rest := data[length & ~3 :]:
        h = (h ^ int.from_bytes(rest, "little")) * _M & _MASK
    h = (h ^ (h >> 13)) * _M & _MASK
    return h ^ (h >> 15)


@lru_cache(maxsize=200_000)
def shard_of(stream: str, shards: int) -> int:
    """The shard of a stream among ``shards``."""
    return (murmur2(stream.encode()) & 0x7FFFFFFF) % shards
