"""Random strings made to break a tokenizer: characters that fold, vanish, change places, part words or do not."""

import random
from collections.abc import Iterator

from bert_keras.text import unicode_tables as layout
from bert_keras.text.unicode_tables import unicode_tables
from bert_keras.text.word_rules import WordRules

_HOT = [
    *"abeisx.[(#0 \t\r\x00\x7f\x85",
    *"\u0301\u0323\u0345\u0334\ufb01é中\u200b\u00ad\u200d\ufffdß\u00a0½\u2028\u3000\U0001f600",
    *"\u1b44\u1baa\u302e\u302f\U0001d15e\U0001d165\U0001d16d\ua9c0\u034f\uff9e\ufe0f\u1112\u1161\u11ab\u115f\u3164",
    *"\u0130\u0149\u1e9e\u03a3\u03c2\ufdfa\U000113ce\u0897\U00010d69\U00016126\U000e0001\U000e0101\uffff\U0010ffff",
]
_BLOCKS = [
    *[(0x20, 0x7F)] * 6,
    *[(0x80, 0x24F)] * 3,
    *[(0x250, 0x2FFF), (0x300, 0x36F), (0x590, 0x8FF), (0x900, 0xDFF), (0xE00, 0x109F), (0x1100, 0x11FF)],
    *[(0x1A00, 0x1CFF), (0x1D00, 0x1FFF), (0x2000, 0x206F), (0x2E80, 0x30FF), (0x3400, 0x9FFF), (0xA000, 0xABFF)],
    *[(0xAC00, 0xD7A3), (0xF900, 0xFFFF), (0x10000, 0x1FFFF), (0x20000, 0x2FFFF), (0xE0000, 0xE01FF), (0, 0x10FFFF)],
]
_LENGTHS = (0, 1, 2, 3, 5, 8, 13, 21, 34, 120)


def hostile_strings(count: int, seed: int) -> Iterator[bytes]:
    """`count` strings, of which every eighth has bytes put in, or taken out, so that it may be no UTF-8."""
    chance = random.Random(seed)
    for number in range(count):
        text = "".join(_character(chance) for _ in range(chance.choice(_LENGTHS)))
        yield _broken(text, chance) if number % 8 == 7 else text.encode()


def _character(chance: random.Random) -> str:
    if chance.random() < 0.45:
        return chance.choice(_HOT)
    code = chance.randint(*chance.choice(_BLOCKS))
    return "q" if 0xD800 <= code < 0xE000 else chr(code)


def _broken(text: str, chance: random.Random) -> bytes:
    # TF-Hub's operations drop characters byte by byte: between broken bytes that makes characters that nobody wrote.
    tables = unicode_tables(WordRules(True))
    facts = {
        c: tables.pages[tables.index[ord(c) // layout.PAGE] * layout.PAGE + ord(c) % layout.PAGE] for c in set(text)
    }
    stays = [c for c in text if not (facts[c] & layout.MANY and facts[c] & (1 << layout.LENGTH_BITS) - 1 == 0)]
    content = bytearray("".join(stays).encode())
    for _ in range(chance.randint(1, 4)):
        place = chance.randint(0, len(content))
        if chance.random() < 0.5 and place < len(content):
            del content[place]
        else:
            content.insert(place, chance.randint(0, 255))
    return bytes(content)
