package io.mosquittoha.agent.link;

/** How a field stands in a frame (PROTOCOL.md, "Frames"). */
enum Kind {
  U8,
  U16,
  U32,
  U64,
  I32,
  I64,
  /** UTF-8; may be absent, which is not the same as empty. */
  TEXT,
  BYTES
}
