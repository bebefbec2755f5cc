#!/usr/bin/env python3
"""The link protocol's frames, written from PROTOCOL.md alone: the second opinion on the C code.

  frames.py --check FOLDER   says whether every vector's bytes and meaning agree
  frames.py --write FOLDER   writes the vectors anew (after an intended change of the protocol)
"""
import json
import struct
import sys
from pathlib import Path

ABSENT = 0xFFFFFFFF
MAGIC = 0x4D484C4B

BASE_MSG = "store_id:u64 expiry_time:i64 topic:text payload:bytes source_id:text source_username:text source_mid:u16 source_port:u16 qos:u8 retain:u8 properties:bytes"
RETAIN = "topic:text store_id:u64"
CLIENT = ("clientid:text username:text auth_method:text will_delay_time:i64 session_expiry_time:i64 will_delay_interval:u32 "
          "session_expiry_interval:u32 max_packet_size:u32 listener_port:u16 max_qos:u8 retain_available:u8")
SUBSCRIPTION = "clientid:text topic:text identifier:u32 options:u8"
CLIENT_MSG = "clientid:text cmsg_id:u64 store_id:u64 identifier:u32 mid:u16 qos:u8 retain:u8 dup:u8 direction:u8 state:u8"
WILL = "clientid:text topic:text payload:bytes qos:u8 retain:u8 properties:bytes"

SHAPES = {
    "HELLO": (0x01, "number:u64 magic:u32 major:u16 minor:u16 pid:u32 features:u64 broker_version:text node:text"),
    "RESTORED": (0x03, "number:u64 base_msgs:u32 retained:u32 clients:u32 subscriptions:u32 client_msgs:u32 wills:u32 failed:u32"),
    "SERVING": (0x04, "number:u64"),
    "TICK": (0x05, "number:u64 token:u64 time_ms:i64"),
    "RESULT": (0x06, "number:u64 token:u64 reason:i32"),
    "FATAL": (0x07, "number:u64 message:text"),
    "BASE_MSG_ADD": (0x20, "number:u64 " + BASE_MSG),
    "BASE_MSG_DELETE": (0x21, "number:u64 store_id:u64"),
    "RETAIN_SET": (0x22, "number:u64 " + RETAIN),
    "RETAIN_DELETE": (0x23, "number:u64 topic:text"),
    "CLIENT_ADD": (0x24, "number:u64 " + CLIENT),
    "CLIENT_UPDATE": (0x25, "number:u64 " + CLIENT),
    "CLIENT_DELETE": (0x26, "number:u64 clientid:text"),
    "SUBSCRIPTION_ADD": (0x27, "number:u64 " + SUBSCRIPTION),
    "SUBSCRIPTION_DELETE": (0x28, "number:u64 clientid:text topic:text"),
    "CLIENT_MSG_ADD": (0x29, "number:u64 " + CLIENT_MSG),
    "CLIENT_MSG_UPDATE": (0x2A, "number:u64 " + CLIENT_MSG),
    "CLIENT_MSG_DELETE": (0x2B, "number:u64 " + CLIENT_MSG),
    "WILL_ADD": (0x2C, "number:u64 " + WILL),
    "WILL_DELETE": (0x2D, "number:u64 clientid:text"),
    "CONNECT": (0x30, "number:u64 clientid:text username:text address:text listener_port:u16 keepalive:u16 protocol_version:u8 transport:u8 clean_start:u8"),
    "DISCONNECT": (0x31, "number:u64 clientid:text reason:i32"),
    "OFFLINE": (0x32, "number:u64 clientid:text reason:i32"),
    "SUBSCRIBE": (0x33, "number:u64 " + SUBSCRIPTION),
    "UNSUBSCRIBE": (0x34, "number:u64 clientid:text topic:text"),
    "MARK": (0x35, "number:u64"),
    "CONTROL": (0x36, "number:u64 clientid:text topic:text"),
    "PUBLISHED": (0x37, "number:u64 token:u64"),
    "WELCOME": (0x81, "magic:u32 major:u16 minor:u16 frame_max:u32"),
    "PROMOTE": (0x82, "epoch:u64 number:u64 node_id:u16"),
    "RESTORE_END": (0x8F, "token:u64"),
    "PROBE": (0x90, "token:u64"),
    "KICK": (0x91, "token:u64 clientid:text with_will:u8"),
    "PUBLISH": (0x92, "token:u64 clientid:text topic:text payload:bytes qos:u8 retain:u8 properties:bytes"),
    "RESTORE_BASE_MSG": (0xA0, BASE_MSG),
    "RESTORE_RETAIN": (0xA2, RETAIN),
    "RESTORE_CLIENT": (0xA4, CLIENT),
    "RESTORE_SUBSCRIPTION": (0xA7, SUBSCRIPTION),
    "RESTORE_CLIENT_MSG": (0xA9, CLIENT_MSG),
    "RESTORE_WILL": (0xAC, WILL),
}
FIELDS = {name: [tuple(f.split(":")) for f in fields.split()] for name, (_, fields) in SHAPES.items()}
NAMES = {code: name for name, (code, _) in SHAPES.items()}
FORMATS = {"u8": ">B", "u16": ">H", "u32": ">I", "i32": ">i", "u64": ">Q", "i64": ">q"}


def encode(record):
    name = record["type"]
    out = bytearray([SHAPES[name][0]])
    for field, kind in FIELDS[name]:
        value = record.get(field)
        if kind in FORMATS:
            out += struct.pack(FORMATS[kind], value or 0)
        elif value is None:
            out += struct.pack(">I", ABSENT)
        else:
            data = value.encode() if kind == "text" else bytes(value)
            out += struct.pack(">I", len(data)) + data
    return struct.pack(">I", len(out)) + bytes(out)


def decode(content):
    name = NAMES[content[0]]
    record, at = {"type": name}, 1
    for field, kind in FIELDS[name]:
        if kind in FORMATS:
            (record[field],) = struct.unpack_from(FORMATS[kind], content, at)
            at += struct.calcsize(FORMATS[kind])
            continue
        (length,) = struct.unpack_from(">I", content, at)
        at += 4
        if length == ABSENT:
            record[field] = None
            continue
        data = content[at:at + length]
        if len(data) != length:
            raise ValueError(f"{name} ends inside {field}")
        at += length
        record[field] = data.decode() if kind == "text" else data
    return record


def meaning(record):
    """The canonical text of a record: fields in the protocol's order, bytes as hex."""
    plain = {k: v.hex() if isinstance(v, (bytes, bytearray)) else v for k, v in record.items()}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def from_meaning(text):
    record = json.loads(text)
    for field, kind in FIELDS[record["type"]]:
        if kind == "bytes" and record[field] is not None:
            record[field] = bytes.fromhex(record[field])
    return record


def samples():
    """One of each type, and the edges: absent, empty, largest numbers, text beyond ASCII."""
    kinds = {"u8": 1, "u16": 1883, "u32": 4294967294, "i32": -1, "u64": 0x0102030405060708, "i64": 1_800_000_000}
    texts = {"topic": "plant/1/température", "clientid": "meter-7", "username": "mqtt", "node": "mosquitto-ha-0",
             "broker_version": "2.1", "address": "10.244.0.7"}
    for name in SHAPES:
        record = {"type": name}
        for field, kind in FIELDS[name]:
            record[field] = kinds.get(kind)
            if kind == "text":
                record[field] = texts.get(field)
            elif kind == "bytes":
                # user property a=b, content type "x"
                record[field] = bytes.fromhex("26000161000162" "03000178") if field == "properties" else b"\x00\x01\xffpayload"
            elif field == "magic":
                record[field] = MAGIC
            elif field == "major":
                record[field] = 1
            elif field == "minor":
                record[field] = 0
            elif field == "node_id":
                record[field] = 1023
        yield name.lower().replace("_", "-"), record
    empty = {"type": "BASE_MSG_ADD"}
    for field, kind in FIELDS["BASE_MSG_ADD"]:
        empty[field] = {"text": "", "bytes": b""}.get(kind, 0)
    yield "base-msg-add-empty", empty
    absent = {"type": "BASE_MSG_ADD", **{f: (None if k in ("text", "bytes") else 0) for f, k in FIELDS["BASE_MSG_ADD"]}}
    yield "base-msg-add-absent", absent
    largest = {"type": "RESTORE_CLIENT_MSG"}
    tops = {"u8": 255, "u16": 65535, "u32": 2**32 - 1, "u64": 2**64 - 1}
    for field, kind in FIELDS["RESTORE_CLIENT_MSG"]:
        largest[field] = tops.get(kind, "漢字 and \"quotes\" \\ /")
    yield "restore-client-msg-largest", largest
    yield "offline-least", {"type": "OFFLINE", "number": 1, "clientid": "c", "reason": -2147483648}


def refused():
    """Frames that must be refused, with the reason."""
    good = encode({"type": "RESTORE_RETAIN", "topic": "a", "store_id": 1})
    yield "refused-empty", b"\x00\x00\x00\x00", "too short"
    yield "refused-cut-number", struct.pack(">I", len(good) - 4 - 3) + good[4:-3], "too short"
    yield "refused-text-beyond-frame", bytes.fromhex("00000009" "a2" "00000064" "61626364"), "too short"
    yield "refused-zero-in-text", bytes.fromhex("00000010" "a2" "00000003" "610062" "0000000000000001"), "bad text"
    yield "refused-unknown-type", bytes.fromhex("00000001" "7f"), "unknown"


def write(folder):
    for name, record in samples():
        (folder / f"{name}.hex").write_text(encode(record).hex() + "\n")
        (folder / f"{name}.json").write_text(meaning(record) + "\n")
    # A newer minor version may append fields: the known ones are read, the rest is skipped.
    record = {"type": "SERVING", "number": 5}
    longer = encode(record)[4:] + b"\x01\x02\x03"
    (folder / "decode-only-appended.hex").write_text((struct.pack(">I", len(longer)) + longer).hex() + "\n")
    (folder / "decode-only-appended.json").write_text(meaning(record) + "\n")
    for name, data, reason in refused():
        (folder / f"{name}.hex").write_text(data.hex() + "\n")
        (folder / f"{name}.json").write_text(json.dumps({"refused": reason}, separators=(",", ":")) + "\n")


def check(folder):
    wrong = count = 0
    for path in sorted(folder.glob("*.hex")):
        data, text = bytes.fromhex(path.read_text().strip()), path.with_suffix(".json").read_text().strip()
        count += 1
        if "refused" in json.loads(text):
            continue
        good = meaning(decode(data[4:])) == text and struct.unpack(">I", data[:4])[0] == len(data) - 4
        if not path.name.startswith("decode-only"):
            good = good and encode(from_meaning(text)) == data
        if not good:
            wrong += 1
            print(f"{path.name}: bytes and meaning differ", file=sys.stderr)
    protocol = (Path(__file__).resolve().parent.parent / "PROTOCOL.md").read_text()
    for name, (code, _) in SHAPES.items():
        row = f"| `0x{code:02X}` | {name} | " + ", ".join(f"{f} `{k}`" for f, k in FIELDS[name]) + " |"
        if row not in protocol:
            wrong += 1
            print(f"PROTOCOL.md has no such row: {row}", file=sys.stderr)
    print(f"vectors (Python): {count} read, {wrong} wrong")
    return 1 if wrong or count < len(SHAPES) else 0


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("--check", "--write"):
        sys.exit(__doc__)
    sys.exit(check(Path(sys.argv[2])) if sys.argv[1] == "--check" else write(Path(sys.argv[2])))
