/**
 * What a member keeps on its volume: its identity, a log in segments, and the last snapshot.
 *
 * <p>All numbers are big-endian; a text is its length (u16) and UTF-8; a CRC is CRC-32C. Every file has
 * a version byte; this is version 1.
 *
 * <table>
 * <caption>Files of the folder</caption>
 * <tr><th>name</th><th>content</th></tr>
 * <tr><td>{@code lock}</td><td>empty; locked by the agent that uses the folder</td></tr>
 * <tr><td>{@code identity}</td><td>a line {@code mosquitto-ha replica 1}, a line with the
 * incarnation</td></tr>
 * <tr><td>{@code log-SEQUENCE}</td><td>a segment of the log: head, records</td></tr>
 * <tr><td>{@code snapshot-INDEX}</td><td>a state, and where the log goes on after it</td></tr>
 * <tr><td>{@code *.broken}</td><td>a snapshot that could not be read, and was not needed</td></tr>
 * <tr><td>{@code *.tmp}</td><td>never finished; removed at the start</td></tr>
 * </table>
 *
 * <table>
 * <caption>Segment</caption>
 * <tr><th>part</th><th>fields</th></tr>
 * <tr><td>head</td><td>{@code MHAL}, version u8, sequence u64, salt u64, index u64 and epoch u64 of the
 * entry before the segment, CRC u32 of all that</td></tr>
 * <tr><td>record</td><td>length u32 of kind and payload, CRC u32 of salt, length, kind and payload, kind
 * u8, payload</td></tr>
 * <tr><td>1 entry</td><td>index u64, epoch u64, number u64, committed u64 (a hint), body</td></tr>
 * <tr><td>2 truncate</td><td>u64 index of the last entry that stays</td></tr>
 * <tr><td>3 epoch</td><td>u64</td></tr>
 * <tr><td>4 view</td><td>cluster text, epoch u64, revision u64, leader, number of members in sync u16, the
 * members; a member is its name and its incarnation, texts</td></tr>
 * <tr><td>5 safe</td><td>u64 length of this segment that had been forced when this was written</td></tr>
 * </table>
 *
 * <table>
 * <caption>Snapshot</caption>
 * <tr><th>part</th><th>fields</th></tr>
 * <tr><td>head</td><td>{@code MHAS}, version u8, origin u8 (1 taken here, 2 received), sequence u64 of the
 * segment in which the log goes on, index u64 and epoch u64 of the last entry in it, number u64, highest
 * accepted epoch u64, cluster text, length u32 of the view (0: none), the view as above</td></tr>
 * <tr><td>record</td><td>length u32, bytes</td></tr>
 * <tr><td>end</td><td>length {@code ffffffff}, number of records u64, CRC u32 of everything before
 * it</td></tr>
 * </table>
 *
 * <p>Why it is safe: a file appears under its name by a rename after its content was forced, and counts
 * after its folder was forced. A segment is begun only after the one before it was forced, so a bad
 * record in any but the last is damage. In the last segment it is the torn end of a write that never
 * was reported, unless a <i>safe</i> record behind it says otherwise; each batch begins with one. The
 * salt keeps bytes that a client sent from being taken for records. A snapshot names the segment in
 * which the log goes on, so that replacing state and log is one rename.
 */
@NullMarked
package io.mosquittoha.agent.storage;

import org.jspecify.annotations.NullMarked;
