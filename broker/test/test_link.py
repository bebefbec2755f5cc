#!/usr/bin/env python3
"""The plugin in a real Mosquitto, with this process as the agent. MOSQUITTO names the broker (see test/with-mosquitto)."""
import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import agent
import frames
import ledger
import mqtt
from agent import MESSAGE_STATE, RECONNECT, WILL_ACCESS, WILL_DELETE, Broker, State


class LinkTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="link-")
        self.brokers = 0

    def broker(self, promote=True, state=None, number=1, **more):
        self.brokers += 1
        broker = Broker(self.folder, f"b{self.brokers}", **more)
        self.addCleanup(broker.close)
        if promote:
            broker.promote(number=number, node_id=self.brokers, epoch=self.brokers, restore=state.restore() if state else ())
            if state:
                state.features = broker.state.features
                broker.state = state
        return broker

    def successor(self, broker, settled=True):
        """The leader is killed; another broker takes over with the state that its marked events made. Without a gate,
        what clients saw is only sure to be marked when the broker has settled."""
        if settled:
            broker.settle()
        broker.kill()
        return self.broker(state=broker.state, number=broker.emitted() + 1)

    def needs(self, feature):
        """For the tests of the patches: LINK_TEST_PATCHES=force shows them fail on a broker without."""
        if os.environ.get("LINK_TEST_PATCHES") == "force":
            return
        probe = self.broker(promote=False)
        if not probe.hello["features"] & feature:
            self.skipTest("this broker is not patched")

    def secured(self):
        """A broker with dynamic security, and its administrator."""
        plugin = agent.dynamic_security()
        if not plugin:
            self.skipTest("there is no dynamic security plugin beside this broker")
        self.file = os.path.join(self.folder, "dynamic-security.json")
        with open(os.path.join(self.folder, "password"), "w") as password:
            password.write("s3cret\n\n")
        broker = self.broker(extra=f"allow_anonymous false\nplugin {plugin}\nplugin_opt_config_file {self.file}\n"
                                   f"plugin_opt_password_init_file {self.folder}/password")
        return broker, mqtt.Client(broker.port, "ops", version=5, username="admin", password="s3cret")


class Standby(LinkTest):
    def test_a_standby_says_who_it_is_and_opens_no_port_before_it_is_promoted(self):
        broker = self.broker(promote=False)
        self.assertEqual(frames.MAGIC, broker.hello["magic"])
        self.assertEqual("node-b1", broker.hello["node"])
        self.assertEqual("2.1", broker.hello["broker_version"])
        broker.welcome()
        broker.settle()
        with self.assertRaises(ConnectionRefusedError):
            mqtt.Client(broker.port, "early")
        broker.send("PROMOTE", epoch=1, number=1, node_id=1)
        broker.send("RESTORE_END", token=0)
        broker.wait("SERVING")
        mqtt.Client(broker.port, "in-time")

    def test_a_standby_ends_at_once_on_sigterm(self):
        broker = self.broker(promote=False)
        broker.welcome()
        broker.settle()
        broker.process.send_signal(signal.SIGTERM)
        broker.process.wait(2)

    def test_an_agent_of_another_version_is_refused(self):
        broker = self.broker(promote=False)
        broker.welcome(major=2)
        self.assertEqual(70, broker.process.wait(5))
        self.assertIn("one release", broker.log())

    def test_state_out_of_order_and_broken_frames_end_the_broker(self):
        for bytes_ in (
            frames.encode({"type": "RESTORE_CLIENT", "clientid": "c"}) + frames.encode({"type": "RESTORE_RETAIN", "topic": "t"}),
            b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\x00\x00\x00\x02\xa2\x00", b"\x00\x00\x00\x01\x7f",
            frames.encode({"type": "RESTORE_BASE_MSG", "topic": "t", "properties": b"\x26\x00\x09"}),
        ):
            with self.subTest(bytes_.hex()):
                broker = self.broker(promote=False)
                broker.welcome()
                broker.send("PROMOTE", epoch=1, number=1, node_id=1)
                broker.socket.sendall(bytes_)
                self.assertEqual(70, broker.process.wait(5))


class Events(LinkTest):
    def test_a_session_tells_all_that_happens_to_it_with_numbers_without_gaps(self):
        broker = self.broker(number=1000)
        subscriber = mqtt.Client(broker.port, "sub", version=5, clean=False, expiry=3600)
        subscriber.subscribe("plant/#", qos=2, identifier=7)
        subscriber.drop()
        broker.wait("OFFLINE", clientid="sub")
        publisher = mqtt.Client(broker.port, "pub", version=5)
        properties = b"\x26" + mqtt.text("k") + mqtt.text("v") + b"\x03" + mqtt.text("text/plain")
        publisher.publish("plant/1", "hot", qos=2, retain=True, properties=properties)
        publisher.publish("plant/1", "", qos=1, retain=True)
        subscriber = mqtt.Client(broker.port, "sub", version=5, clean=False, expiry=3600)
        self.assertTrue(subscriber.session_present)
        self.assertEqual(["hot", ""], [p.payload.decode() for p in subscriber.received(2)])
        subscriber.unsubscribe("plant/#")
        subscriber.disconnect()
        another = mqtt.Client(broker.port, "sub", version=5, clean=True)  # held: its end would be told as well
        broker.wait("CLIENT_DELETE", clientid="sub")
        broker.settle()
        numbered = [e for e in broker.events if frames.SHAPES[e["type"]][0] >= 0x20]
        self.assertEqual(list(range(1000, 1000 + len(numbered))), [e["number"] for e in numbered])
        self.assertEqual(broker.emitted(), numbered[-1]["number"])
        base = broker.wait("BASE_MSG_ADD", payload=b"hot")
        self.assertEqual(("plant/1", "pub", 2, 1, properties), tuple(base[k] for k in ("topic", "source_id", "qos", "retain", "properties")))
        self.assertEqual(1, base["store_id"] >> 54, "the node id is in the message's id")
        client = broker.wait("CLIENT_ADD", clientid="sub")
        self.assertEqual((3600, broker.port), (client["session_expiry_interval"], client["listener_port"]))
        subscription = broker.wait("SUBSCRIPTION_ADD", clientid="sub")
        self.assertEqual(("plant/#", 7, 2), (subscription["topic"], subscription["identifier"], subscription["options"] & 3))
        connect = broker.wait("CONNECT", clientid="sub")
        self.assertEqual(("127.0.0.1", 5, 0), (connect["address"], connect["protocol_version"], connect["transport"]))
        for type in ("RETAIN_SET", "RETAIN_DELETE", "CLIENT_UPDATE", "CLIENT_MSG_ADD", "CLIENT_MSG_UPDATE", "CLIENT_MSG_DELETE",
                     "BASE_MSG_DELETE", "SUBSCRIPTION_DELETE", "SUBSCRIBE", "UNSUBSCRIBE", "OFFLINE", "CLIENT_DELETE"):
            self.assertIn(type, broker.types())

    def test_a_client_without_a_session_is_told_too_and_its_will(self):
        broker = self.broker()
        client = mqtt.Client(broker.port, "guest", will=("gone", "guest", 1, 0))
        client.subscribe("a/b")
        client.disconnect()
        broker.wait("WILL_DELETE", clientid="guest")
        self.assertEqual({"CONNECT", "WILL_ADD"}, set(broker.types("guest")[:2]), "in this order only on a broker without the patches")
        self.assertEqual(["SUBSCRIBE", "DISCONNECT", "WILL_DELETE"], broker.types("guest")[2:])
        broker.settle()
        self.assertEqual([], broker.pending, "all events are marked when the broker is at rest")

    def test_the_number_that_covers_a_publish_is_in_shared_memory_when_its_puback_is_seen(self):
        broker = self.broker()
        mqtt.Client(broker.port, "sub", clean=False).subscribe("t")
        publisher = mqtt.Client(broker.port, "pub")
        needed = []
        for i in range(200):
            before = broker.emitted()
            publisher.publish("t", f"m{i}", qos=1)
            needed.append((before, f"m{i}".encode(), broker.emitted()))
        broker.settle()
        for before, payload, after in needed:
            base = broker.wait("BASE_MSG_ADD", payload=payload)
            queued = broker.wait("CLIENT_MSG_ADD", store_id=base["store_id"])
            self.assertLess(before, base["number"])
            self.assertGreaterEqual(after, queued["number"])

    def test_what_runs_out_while_the_broker_is_idle_is_marked_without_delay(self):
        broker = self.broker()
        took = []
        for i in range(3):
            mqtt.Client(broker.port, f"short{i}", version=5, clean=False, expiry=1).disconnect()
            broker.wait("CLIENT_DELETE", clientid=f"short{i}", timeout=10)
            begin = time.monotonic()
            with broker.changed:
                self.assertTrue(broker.changed.wait_for(lambda: not broker.pending, 5), "CLIENT_DELETE is not marked")
            took.append((time.monotonic() - begin) * 1000)
        print(f"marked after {min(took):.1f} ms at rest (best of 3)", file=sys.stderr)
        # The broker's own next turn would come after 100 ms.
        self.assertLess(min(took), 60)

    def test_a_command_reaches_an_idle_broker_at_once(self):
        broker = self.broker()
        subscriber = mqtt.Client(broker.port, "sub", version=5)
        subscriber.subscribe("news")
        broker.settle()
        took = []
        for token in range(20):
            begin = time.monotonic()
            broker.send("PROBE", token=token)
            broker.wait("TICK", token=token)
            took.append((time.monotonic() - begin) * 1000)
        print(f"probe answered in {sorted(took)[10]:.2f} ms (median of 20), {max(took):.2f} ms at most", file=sys.stderr)
        properties = b"\x26" + mqtt.text("from") + mqtt.text("agent")
        broker.send("PUBLISH", token=77, topic="news", payload=b"hello", qos=1, properties=properties)
        self.assertEqual(0, broker.wait("RESULT", token=77)["reason"])
        (message,) = subscriber.received(1)
        self.assertEqual((b"hello", properties), (message.payload, message.properties))

    def test_a_kicked_client_is_gone_and_its_will_is_published_only_when_asked(self):
        broker = self.broker()
        watcher = mqtt.Client(broker.port, "watcher")
        watcher.subscribe("will/#")
        for token, with_will in ((1, 0), (2, 1)):
            victim = mqtt.Client(broker.port, "victim", will=(f"will/{with_will}", "gone", 1, 0))
            broker.send("KICK", token=token, clientid="victim", with_will=with_will)
            self.assertEqual(0, broker.wait("RESULT", token=token)["reason"])
            with self.assertRaises(EOFError):
                victim.next(2)
        self.assertEqual(["will/1"], [p.topic for p in watcher.received(2, timeout=0.5)])
        broker.send("KICK", token=3, clientid="nobody")
        self.assertNotEqual(0, broker.wait("RESULT", token=3)["reason"])
        broker.send("KICK", token=4, clientid=None)
        self.assertNotEqual(0, broker.wait("RESULT", token=4)["reason"])
        watcher.publish("still/here", "yes", qos=1)


    def test_a_publish_and_all_that_it_does_are_one_turn_that_begins_before_any_client_sees_it(self):
        broker = self.broker()
        mqtt.Client(broker.port, "kept", clean=False).subscribe("w/#")
        watcher = mqtt.Client(broker.port, "watcher")
        watcher.subscribe("w/#", qos=0)
        count = 600  # more than the plugin takes in one turn
        broker.socket.sendall(b"".join(frames.encode({"type": "PUBLISH", "token": i, "topic": f"w/{i}", "payload": b"gone", "qos": 1, "retain": 1})
                                       for i in range(count)))
        seen = []
        for i in range(count):
            packet = watcher.next(5)
            seen.append((packet.topic, broker.emitted()))
        broker.settle()
        self.assertEqual([f"w/{i}" for i in range(count)], [topic for topic, _ in seen])
        for i in range(count):
            self.assertEqual(0, broker.wait("RESULT", token=i)["reason"])
            published = broker.wait("PUBLISHED", token=i)
            base = broker.wait("BASE_MSG_ADD", topic=f"w/{i}")
            turn = [t for t in broker.turns if published in t]
            self.assertEqual(1, len(turn))
            self.assertLess(published["number"], base["number"])
            self.assertIn(base, turn[0])
            self.assertIn(broker.wait("RETAIN_SET", topic=f"w/{i}"), turn[0])
            self.assertIn(broker.wait("CLIENT_MSG_ADD", clientid="kept", store_id=base["store_id"]), turn[0])
            self.assertGreaterEqual(seen[i][1], published["number"])
        turns = sum(any(e["type"] == "PUBLISHED" for e in turn) for turn in broker.turns)
        self.assertLess(turns, count, "many at once share a turn")
        print(f"{count} PUBLISH at once took {turns} turns", file=sys.stderr)

    def test_a_publish_that_nobody_gets_is_marked_all_the_same_and_one_that_is_refused_is_not_told(self):
        broker = self.broker()
        broker.send("PUBLISH", token=1, topic=None, payload=b"x", qos=1)
        self.assertNotEqual(0, broker.wait("RESULT", token=1)["reason"])
        broker.send("PUBLISH", token=2, topic="nobody/listens", payload=b"x", qos=1)
        published = broker.wait("PUBLISHED", token=2)
        with broker.changed:
            self.assertTrue(broker.changed.wait_for(lambda: broker.committed > published["number"], 1), "it is not marked")
        self.assertEqual(1, broker.types().count("PUBLISHED"))


class Order(LinkTest):
    """PROTOCOL.md, "The order of a connection's events": an agent relies on it for wills."""

    def events_of_a_second_connection(self, connected, version, clean, will=True):
        broker = self.broker()
        more = dict(version=version, expiry=100 if version == 5 else None)
        first = mqtt.Client(broker.port, "c", clean=False, will=("will", "old", 1, 0), **more)
        if not connected:
            first.drop()
            broker.wait("OFFLINE", clientid="c")
        broker.settle()
        before = len(broker.events)
        second = mqtt.Client(broker.port, "c", clean=clean, will=("will", "new", 1, 0) if will else None, **more)
        broker.settle()
        self.addCleanup(first.socket.close)
        self.addCleanup(second.socket.close)
        patched = bool(broker.hello["features"] & RECONNECT)
        events = [e for e in broker.events[before:] if e.get("clientid") == "c"]
        self.assertEqual("new" if will and (patched or clean) else None,
                         broker.state.wills["c"]["payload"].decode() if "c" in broker.state.wills else None)
        return patched, [e["type"] for e in events]

    def test_the_end_of_the_old_connection_comes_before_the_session_and_will_of_the_new_one(self):
        for version in (4, 5):
            for connected in (True, False):
                with self.subTest(version=version, connected=connected):
                    patched, events = self.events_of_a_second_connection(connected, version, clean=False)
                    self.assertEqual(["DISCONNECT", "CLIENT_UPDATE", "WILL_ADD", "CONNECT"] if patched else ["DISCONNECT", "CONNECT"], events)

    def test_a_second_connection_without_a_will_leaves_none(self):
        patched, events = self.events_of_a_second_connection(True, 4, clean=False, will=False)
        self.assertEqual(["DISCONNECT", "CLIENT_UPDATE", "WILL_DELETE", "CONNECT"] if patched else ["DISCONNECT", "CONNECT"], events)

    def test_a_clean_start_ends_the_old_session_first(self):
        for connected in (True, False):
            with self.subTest(connected=connected):
                patched, events = self.events_of_a_second_connection(connected, 5, clean=True)
                old = ["WILL_DELETE", "CLIENT_DELETE", "DISCONNECT"]
                if patched and connected:
                    old = ["WILL_DELETE", "CLIENT_DELETE", "WILL_DELETE", "DISCONNECT"]  # the second as the will is sent
                self.assertEqual(old + (["CLIENT_ADD", "WILL_ADD", "CONNECT"] if patched else ["CONNECT", "CLIENT_ADD", "WILL_ADD"]), events)


class Control(LinkTest):
    """Dynamic security's file is in no event: the agent reads it at the MARK after CONTROL."""

    def test_a_command_is_told_before_it_is_answered_and_marked_after_the_file_has_the_change(self):
        broker, operator = self.secured()
        operator.subscribe("$CONTROL/dynamic-security/v1/response")
        file_at_mark = []
        follow = broker.follow

        def follow_and_read(record):
            told = record["type"] == "MARK" and any(e["type"] == "CONTROL" for e in broker.pending)
            follow(record)
            if told:
                with open(self.file) as file:
                    file_at_mark.append((record["number"], file.read()))
        broker.follow = follow_and_read
        for i in range(20):
            operator.publish("$CONTROL/dynamic-security/v1", f'{{"commands":[{{"command":"createClient","username":"meter{i}","password":"x"}}]}}', qos=1, wait=False)
            answers = [operator.next(), operator.next()]
            covered = broker.emitted()
            self.assertEqual({mqtt.PUBACK, mqtt.PUBLISH}, {p.kind for p in answers})
            reply = next(p for p in answers if p.kind == mqtt.PUBLISH)
            self.assertNotIn(b"error", reply.payload)
            if reply.qos:
                operator.ack(mqtt.PUBACK, reply.mid)
            broker.settle()
            told = [e for e in broker.events if e["type"] == "CONTROL"][i]
            self.assertEqual(("ops", "$CONTROL/dynamic-security/v1"), (told["clientid"], told["topic"]))
            self.assertGreaterEqual(covered, told["number"])
            mark, content = next((number, text) for number, text in file_at_mark if number > told["number"])
            self.assertIn(f'"meter{i}"', content)
            self.assertEqual(1, sum(told in turn for turn in broker.turns))

    def test_access_control_decides_as_without_the_link_plugin(self):
        broker, operator = self.secured()
        commands = ('{"command":"createRole","rolename":"writer","acls":[{"acltype":"publishClientSend","topic":"mine/#","allow":true}]}',
                    '{"command":"createClient","username":"w","password":"w","roles":[{"rolename":"writer"}]}')
        operator.publish("$CONTROL/dynamic-security/v1", '{"commands":[%s]}' % ",".join(commands), qos=1)
        writer = mqtt.Client(broker.port, "w", version=5, username="w", password="w")
        reasons = []
        for topic in ("mine/1", "other/1", "$CONTROL/dynamic-security/v1"):
            writer.publish(topic, '{"commands":[]}', qos=1, wait=False)
            reasons.append(writer.expect(mqtt.PUBACK).reason)
        self.assertEqual([0x10, 0x87, 0x87], reasons)

    def test_dynamic_security_may_not_come_before_it(self):
        plugin = agent.dynamic_security()
        if not plugin:
            self.skipTest("there is no dynamic security plugin beside this broker")
        self.broker()
        configuration = os.path.join(self.folder, "wrong.conf")
        with open(configuration, "w") as file:
            file.write(f"user root\nplugin {plugin}\nplugin_opt_config_file {self.folder}/d.json\nplugin {agent.PLUGIN}\n"
                       f"plugin_opt_socket {self.folder}/b1/agent.sock\nplugin_opt_shared {self.folder}/shared\n")
        done = subprocess.run([*agent.MOSQUITTO, "-c", configuration], capture_output=True, text=True, timeout=10)
        self.assertNotEqual(0, done.returncode)
        self.assertIn("list this plugin before all others", done.stderr + done.stdout)


class Quota(LinkTest):
    """The agent has no room: what would be kept is refused, everything else goes on."""

    def answer(self, client, qos, payload="x", retain=False, topic="t"):
        client.publish(topic, payload, qos=qos, retain=retain, wait=False)
        packet = client.next(3)
        if packet.kind == mqtt.PUBREC and packet.reason < 0x80:
            client.ack(mqtt.PUBREL, packet.mid)
            client.expect(mqtt.PUBCOMP)
        return packet.reason

    def test_mqtt_5_clients_are_told_and_go_on_when_there_is_room_again(self):
        broker = self.broker()
        reader = mqtt.Client(broker.port, "reader", clean=False)
        reader.subscribe("#", qos=2)
        client = mqtt.Client(broker.port, "c", version=5)
        self.assertEqual([0, 0], [self.answer(client, qos, retain=True) for qos in (1, 2)])
        broker.flags(1)
        self.assertEqual([0x97, 0x97], [self.answer(client, qos) for qos in (1, 2)])
        client.publish("t", "a retained one is dropped", retain=True)
        client.publish("t", "what is not kept passes")
        self.assertEqual(0, self.answer(client, 1, payload="", retain=True), "forgetting makes room")
        self.assertEqual(["x", "x", "what is not kept passes", ""], [p.payload.decode() for p in reader.received(4)])
        broker.settle()
        self.assertEqual({}, broker.state.retained)
        broker.flags(0)
        self.assertEqual(0, self.answer(client, 2, payload="again"))
        self.assertEqual([b"again"], [p.payload for p in reader.received(1)])
        self.assertIn("no room for more state", broker.log())

    def test_older_clients_are_never_told_that_a_message_was_taken_that_was_not(self):
        broker = self.broker()
        broker.flags(1)
        for qos in (1, 2):
            client = mqtt.Client(broker.port, "c")
            client.publish("t", "what is not kept passes")
            client.publish("t", "x", qos=qos, wait=False)
            with self.assertRaises(EOFError):
                client.next(3)
        broker.settle()
        self.assertNotIn("BASE_MSG_ADD", broker.types())

    def test_control_commands_pass(self):
        broker = self.broker()
        broker.flags(1)
        client = mqtt.Client(broker.port, "c", version=5)
        self.assertEqual(0, self.answer(client, 1, topic="$CONTROL/anything/v1"))
        broker.settle()
        broker.wait("CONTROL", clientid="c")

    def test_flags_that_were_set_before_the_broker_started_hold(self):
        broker = self.broker(promote=False)
        broker.flags(1)
        broker.promote()
        self.assertEqual(0x97, self.answer(mqtt.Client(broker.port, "c", version=5), 1))


class AgentGone(LinkTest):
    def wills_after(self, end):
        broker = self.broker()
        watcher = mqtt.Client(broker.port, "watcher")
        watcher.subscribe("will")
        client = mqtt.Client(broker.port, "client", clean=False, will=("will", "gone", 1, 0))
        broker.settle()
        begin = time.monotonic()
        end(broker)
        seen = []
        try:
            while packet := watcher.next(3):
                seen.append(packet)
            self.fail("the broker lives")
        except EOFError:
            took = (time.monotonic() - begin) * 1000
        self.addCleanup(client.socket.close)
        return broker.process.wait(5), [p.payload for p in seen], took

    def test_the_broker_ends_at_once_and_publishes_no_will(self):
        status, wills, took = self.wills_after(lambda broker: broker.socket.shutdown(2))
        self.assertEqual((70, []), (status, wills))
        print(f"agent gone: clients closed after {took:.1f} ms", file=sys.stderr)

    def test_a_broker_that_is_told_to_end_would_have_published_it(self):
        status, wills, _ = self.wills_after(lambda broker: broker.process.send_signal(signal.SIGTERM))
        self.assertEqual((0, [b"gone"]), (status, wills))


class Takeover(LinkTest):
    def test_sessions_subscriptions_queues_and_retained_messages_outlive_the_leader(self):
        broker = self.broker()
        for version in (4, 5):
            client = mqtt.Client(broker.port, f"sub{version}", version=version, clean=False, expiry=3600)
            client.subscribe("plant/#", qos=2)
            client.disconnect()
            broker.wait("OFFLINE", clientid=f"sub{version}")
        publisher = mqtt.Client(broker.port, "pub", version=5)
        properties = b"\x09" + mqtt.text(b"\x00\x01id") + b"\x26" + mqtt.text("k") + mqtt.text("v")
        for i in range(50):
            publisher.publish(f"plant/{i}", f"message {i}", qos=1 + i % 2, properties=properties)
        publisher.publish("state/door", "open", qos=1, retain=True, properties=properties)
        publisher.publish("state/gone", "x", qos=1, retain=True)
        publisher.publish("state/gone", "", qos=1, retain=True)

        second = self.successor(broker)
        done = second.wait("RESTORED")
        self.assertEqual((51, 1, 2, 2, 100, 0), tuple(done[k] for k in ("base_msgs", "retained", "clients", "subscriptions", "client_msgs", "failed")))
        clients = []
        for version in (4, 5):
            client = mqtt.Client(second.port, f"sub{version}", version=version, clean=False, expiry=3600)
            clients.append(client)
            self.assertTrue(client.session_present)
            received = client.received(50)
            self.assertEqual([f"message {i}" for i in range(50)], [p.payload.decode() for p in received])
            self.assertEqual([1 + i % 2 for i in range(50)], [p.qos for p in received])
            if version == 5:
                self.assertEqual({properties}, {p.properties for p in received})
            self.assertIsNone(client.next(0.2), "nothing comes twice")
        mqtt.Client(second.port, "pub2").publish("plant/new", "new", qos=1)
        for client in clients:
            self.assertEqual(b"new", client.received(1)[0].payload, "the subscription lives")
            client.disconnect()
        reader = mqtt.Client(second.port, "reader", version=5)
        reader.subscribe("state/#")
        retained = reader.received(2, timeout=0.5)
        self.assertEqual([("state/door", b"open", True)], [(p.topic, p.payload, p.retain) for p in retained])

        third = self.successor(second)
        self.assertEqual((1, 0), (third.wait("RESTORED")["retained"], third.wait("RESTORED")["failed"]))
        client = mqtt.Client(third.port, "sub4", clean=False)
        self.assertEqual((True, []), (client.session_present, client.received(1, timeout=0.3)))

    def test_what_is_emitted_after_a_takeover_continues_the_numbers(self):
        broker = self.broker()
        mqtt.Client(broker.port, "a", clean=False)
        broker.settle()
        second = self.successor(broker)
        mqtt.Client(second.port, "b", clean=False)
        second.settle()
        serving = second.events.index(second.wait("SERVING"))
        numbered = [e["number"] for e in second.events if frames.SHAPES[e["type"]][0] >= 0x20]
        self.assertEqual(list(range(broker.emitted() + 1, broker.emitted() + 1 + len(numbered))), numbered)
        self.assertGreaterEqual(len(numbered), 2)
        self.assertEqual({"HELLO", "RESTORED"}, set(second.types()[:serving]), "a restore is no news")

    def test_a_qos_2_message_between_pubrec_and_pubrel_is_taken_once(self):
        broker = self.broker()
        reader = mqtt.Client(broker.port, "reader", clean=False)
        reader.subscribe("once", qos=2)
        reader.disconnect()
        publisher = mqtt.Client(broker.port, "pub", clean=False)
        mid = publisher.publish("once", "only", qos=2, wait=False)
        publisher.expect(mqtt.PUBREC)
        broker.settle()
        second = self.successor(broker)
        publisher = mqtt.Client(second.port, "pub", clean=False)
        self.assertTrue(publisher.session_present)
        publisher.send(mqtt.PUBLISH, 0b1100, mqtt.text("once") + struct.pack(">H", mid) + b"only")  # a repeat
        publisher.expect(mqtt.PUBREC)
        publisher.ack(mqtt.PUBREL, mid)
        publisher.expect(mqtt.PUBCOMP)
        reader = mqtt.Client(second.port, "reader", clean=False)
        self.assertEqual([b"only"], [p.payload for p in reader.received(2, timeout=0.7)])

    def test_the_will_of_a_client_that_does_not_come_back_is_published_when_its_session_ends(self):
        broker = self.broker()
        client = mqtt.Client(broker.port, "client", version=5, clean=False, expiry=1, will=("will", "gone", 1, 0))
        broker.settle()
        second = self.successor(broker)
        self.assertEqual(1, second.wait("RESTORED")["wills"])
        watcher = mqtt.Client(second.port, "watcher")
        watcher.subscribe("will")
        self.assertEqual([b"gone"], [p.payload for p in watcher.received(1, timeout=6)])
        second.wait("CLIENT_DELETE", clientid="client")
        client.socket.close()

    def test_many_sessions_come_back_in_any_order_of_their_expiry(self):
        count, state, now = int(os.environ.get("LINK_SESSIONS", "10000")), State(), int(time.time())
        base = {f: None if k in ("text", "bytes") else 0 for f, k in frames.FIELDS["RESTORE_BASE_MSG"]}
        for i in range(count):
            state.base[i + 1] = {**base, "store_id": i + 1, "topic": f"t/{i}", "payload": b"x" * 64, "qos": 1}
            state.clients[f"c{i}"] = {"clientid": f"c{i}", "session_expiry_time": now + 1000 + i, "session_expiry_interval": 5000,
                                      "max_qos": 2, "retain_available": 1}
            state.subscriptions[f"c{i}"] = {"t": {"clientid": f"c{i}", "topic": f"t/{i}", "options": 1}}
            state.messages[f"c{i}"] = {0: {"clientid": f"c{i}", "cmsg_id": 1, "store_id": i + 1, "mid": 1, "qos": 1, "direction": 1, "state": 11}}
        stream = [frames.encode(record) for record in state.restore()]
        broker = self.broker(promote=False)
        begin = time.monotonic()
        broker.welcome()
        broker.send("PROMOTE", epoch=1, number=1, node_id=1)
        broker.socket.sendall(b"".join(stream))
        broker.send("RESTORE_END", token=0)
        done = broker.wait("RESTORED", timeout=60)
        took = time.monotonic() - begin
        with open(f"/proc/{broker.process.pid}/stat") as stat:
            cpu = sum(int(ticks) for ticks in stat.read().rsplit(")", 1)[1].split()[11:13]) / os.sysconf("SC_CLK_TCK")
        print(f"{count} sessions with a subscription and a message restored in {took:.2f} s, {cpu:.2f} CPU-s of the broker", file=sys.stderr)
        self.assertEqual((count, count, count, 0), tuple(done[k] for k in ("clients", "subscriptions", "client_msgs", "failed")))


class Patches(LinkTest):
    """What a broker needs the patches for. On one without they are skipped, unless LINK_TEST_PATCHES=force."""

    def test_0001_a_new_will_and_expiry_of_a_client_that_comes_back_are_told(self):
        self.needs(RECONNECT)
        broker = self.broker()
        mqtt.Client(broker.port, "c", version=5, clean=False, expiry=100, will=("will", "old", 1, 0)).drop()
        broker.wait("OFFLINE", clientid="c")
        broker.settle()
        before = len(broker.events)
        client = mqtt.Client(broker.port, "c", version=5, clean=False, expiry=200, will=("will", "new", 1, 0))
        broker.settle()
        later = {e["type"]: e for e in broker.events[before:]}
        self.assertIn("CLIENT_UPDATE", later)
        self.assertEqual((200, 0), (later["CLIENT_UPDATE"]["session_expiry_interval"], later["CLIENT_UPDATE"]["session_expiry_time"]))
        self.assertEqual(b"new", later["WILL_ADD"]["payload"])
        client.drop()

    def test_0001_a_session_and_its_will_are_told_before_connack(self):
        self.needs(RECONNECT)
        broker = self.broker()
        for i in range(50):
            mqtt.Client(broker.port, f"c{i}", clean=False, will=("will", "w", 1, 0))
            seen = broker.emitted()
            broker.settle()
            self.assertGreaterEqual(seen, broker.wait("WILL_ADD", clientid=f"c{i}")["number"])
            self.assertLess(broker.wait("WILL_ADD", clientid=f"c{i}")["number"], broker.wait("CONNECT", clientid=f"c{i}")["number"])

    def test_0002_a_will_that_is_gone_is_told_for_an_mqtt_3_session(self):
        self.needs(WILL_DELETE)
        broker = self.broker()
        client = mqtt.Client(broker.port, "c", clean=False, will=("will", "w", 1, 0))
        broker.wait("WILL_ADD", clientid="c")
        client.disconnect()
        broker.wait("OFFLINE", clientid="c")
        broker.settle()
        self.assertIn("WILL_DELETE", broker.types("c"))

    def test_0002_a_delayed_will_that_was_published_is_told_to_be_gone(self):
        self.needs(WILL_DELETE)
        broker = self.broker()
        watcher = mqtt.Client(broker.port, "watcher")
        watcher.subscribe("will")
        mqtt.Client(broker.port, "c", version=5, clean=False, expiry=100, will=("will", "w", 1, 1)).drop()
        broker.wait("OFFLINE", clientid="c")
        broker.settle()
        self.assertIn("c", broker.state.wills, "a delayed will is kept until its time")
        self.assertEqual(1, len(watcher.received(1, timeout=6)))
        broker.settle()
        self.assertNotIn("c", broker.state.wills)

    def outgoing(self, qos, answer):
        """A subscriber got a message and answered with these packets; then the leader ends."""
        broker = self.broker()
        subscriber = mqtt.Client(broker.port, "sub", clean=False)
        subscriber.subscribe("t", qos=qos)
        publisher = mqtt.Client(broker.port, "pub")
        for payload in ("first", "second"):
            publisher.publish("t", payload, qos=qos)
        first, second = subscriber.expect(mqtt.PUBLISH), subscriber.expect(mqtt.PUBLISH)
        if answer:
            subscriber.ack(mqtt.PUBREC, first.mid)
            self.assertEqual(first.mid, subscriber.expect(mqtt.PUBREL).mid)
        broker.settle()
        successor = self.successor(broker)
        self.assertEqual(0, successor.wait("RESTORED")["failed"])
        back = mqtt.Client(successor.port, "sub", clean=False)
        self.assertTrue(back.session_present)
        return first, second, back, successor

    def test_0003_a_qos_2_message_that_awaits_pubcomp_is_not_published_again(self):
        self.needs(MESSAGE_STATE)
        first, second, back, successor = self.outgoing(2, answer=True)
        packets = [back.next(2), back.next(2)]
        self.assertEqual([(mqtt.PUBREL, first.mid), (mqtt.PUBLISH, second.mid)], [(p and p.kind, p and p.mid) for p in packets])
        self.assertTrue(packets[1].dup)
        back.ack(mqtt.PUBCOMP, first.mid)
        back.ack(mqtt.PUBREC, second.mid)
        back.expect(mqtt.PUBREL)
        back.ack(mqtt.PUBCOMP, second.mid)
        with successor.changed:
            self.assertTrue(successor.changed.wait_for(lambda: not successor.state.messages.get("sub"), 5), "the queue is not empty")
        mqtt.Client(successor.port, "pub2").publish("t", "third", qos=2)
        third = back.expect(mqtt.PUBLISH)
        self.assertEqual((b"third", False), (third.payload, third.dup))
        self.assertNotIn(third.mid, (first.mid, second.mid))

    def test_0007_a_will_is_told_to_be_gone_before_its_message_is_kept_or_sent(self):
        self.needs(WILL_DELETE)
        broker = self.broker()
        watcher = mqtt.Client(broker.port, "watcher", clean=False)
        watcher.subscribe("will", qos=1)
        mqtt.Client(broker.port, "c", will=("will", "w", 1, 0)).drop()
        watcher.expect(mqtt.PUBLISH)
        broker.settle()
        kinds = [e["type"] for e in broker.events if e.get("clientid") == "c" or e["type"] == "BASE_MSG_ADD"]
        self.assertLess(kinds.index("WILL_DELETE"), kinds.index("BASE_MSG_ADD"))

    def test_0006_a_pubrel_that_could_not_be_repeated_is_repeated_to_the_next_connection(self):
        self.needs(MESSAGE_STATE)
        broker = self.broker()
        subscriber = mqtt.Client(broker.port, "sub", clean=False)
        subscriber.subscribe("t", qos=2)
        mqtt.Client(broker.port, "pub").publish("t", "once", qos=2)
        message = subscriber.expect(mqtt.PUBLISH)
        subscriber.ack(mqtt.PUBREC, message.mid)
        subscriber.expect(mqtt.PUBREL)
        broker.settle()
        # As a connection leaves it that ends between its CONNECT and its PUBREL.
        for record in broker.state.messages["sub"].values():
            record["state"] = 6
        back = mqtt.Client(self.successor(broker).port, "sub", clean=False)
        packet = back.next(2)
        self.assertEqual((mqtt.PUBREL, message.mid), (packet.kind, packet.mid))

    def test_0003_a_message_that_was_sent_before_is_marked_as_a_repeat(self):
        self.needs(MESSAGE_STATE)
        first, second, back, _ = self.outgoing(1, answer=False)
        self.assertEqual([(first.mid, True), (second.mid, True)], [(p.mid, p.dup) for p in back.received(2)])

    def test_0003_what_was_only_queued_is_no_repeat_and_comes_after_what_was_sent(self):
        self.needs(MESSAGE_STATE)
        broker = self.broker(extra="max_inflight_messages 5")
        subscriber = mqtt.Client(broker.port, "sub", clean=False)
        subscriber.subscribe("t", qos=2)
        publisher = mqtt.Client(broker.port, "pub")
        for i in range(12):
            publisher.publish("t", str(i), qos=2)
        broker.settle()
        second = self.successor(broker)
        received = mqtt.Client(second.port, "sub", clean=False).received(12)
        self.assertEqual([str(i) for i in range(12)], [p.payload.decode() for p in received])
        self.assertEqual([True] * 5 + [False] * 7, [p.dup for p in received])
        subscriber.drop()

    def test_0005_a_will_that_its_client_may_not_publish_is_not_told(self):
        self.needs(WILL_ACCESS)
        broker, operator = self.secured()
        commands = ('{"command":"createRole","rolename":"writer","acls":[{"acltype":"publishClientSend","topic":"mine/#","allow":true}]}',
                    '{"command":"createClient","username":"w","password":"w","roles":[{"rolename":"writer"}]}')
        operator.publish("$CONTROL/dynamic-security/v1", '{"commands":[%s]}' % ",".join(commands), qos=1)
        for version in (4, 5):
            for clean in (False, True):
                for topic in ("mine/1", "other/1", "mine/2"):
                    client = mqtt.Client(broker.port, "w", version=version, clean=clean, username="w", password="w", will=(topic, "x", 1, 0))
                    broker.settle()
                    will = broker.state.wills.get("w")
                    client.drop()
                    self.assertEqual(topic if topic.startswith("mine") else None, will and will["topic"])

    def test_0008_a_role_that_is_deleted_is_taken_from_all_who_got_it_when_they_were_made(self):
        self.needs(WILL_ACCESS)
        broker, operator = self.secured()
        roles = [f'{{"command":"createRole","rolename":"gone-{i}"}}' for i in range(3)]
        commands = (*roles,
                    '{"command":"createClient","username":"c","password":"c","roles":[{"rolename":"gone-0"}]}',
                    '{"command":"createGroup","groupname":"g","roles":[{"rolename":"gone-0"},{"rolename":"gone-1"}]}',
                    '{"command":"modifyGroup","groupname":"g","roles":[{"rolename":"gone-1"},{"rolename":"gone-2"}]}',
                    *(role.replace("createRole", "deleteRole") for role in roles))
        operator.publish("$CONTROL/dynamic-security/v1", '{"commands":[%s]}' % ",".join(commands), qos=1)
        broker.settle()
        with open(self.file) as file:
            kept = json.load(file)
        having = [who for who in kept["clients"] + kept["groups"] if who.get("username") == "c" or who.get("groupname") == "g"]
        self.assertEqual([[], []], [who.get("roles", []) for who in having])

    def test_0009_many_clients_can_wait_at_a_unix_socket(self):
        self.needs(WILL_ACCESS)
        path = os.path.join(self.folder, "clients.sock")
        broker = self.broker(extra=f"listener 0 {path}")
        broker.process.send_signal(signal.SIGSTOP)
        clients = [socket.socket(socket.AF_UNIX) for _ in range(500)]
        try:
            for client in clients:
                client.setblocking(False)
                client.connect(path)
        finally:
            broker.process.send_signal(signal.SIGCONT)
            for client in clients:
                client.close()


class Ledger(LinkTest):
    """What was acknowledged arrives, and QoS 2 once, however often the leader is killed (LINK_KILLS, LINK_SEED)."""

    def agent_publishes(self, broker, wanted):
        """What no leader's committed turns say is done, again."""
        self.done |= {event["token"] for leader in self.leaders for turn in leader.turns for event in turn if event["type"] == "PUBLISHED"}
        self.leaders = [broker]
        broker.socket.sendall(b"".join(frames.encode({"type": "PUBLISH", "token": i, "topic": "ledger/agent", "payload": str(i).encode(), "qos": 2})
                                       for i in range(wanted) if i not in self.done))

    def run_ledger(self, kills, gate_open=False):
        self.done, self.leaders = set(), []
        chance = random.Random(int(os.environ.get("LINK_SEED", "1")))
        broker = self.broker()
        current = {"leader": broker}
        gate = ledger.Gate(lambda: current["leader"], gate_open)
        self.addCleanup(gate.listener.close)
        subscriber = ledger.Subscriber("reader", lambda: gate.port)
        publishers = [ledger.Publisher(f"q{qos}{n}", lambda: gate.port, qos) for qos in (1, 2) for n in "ab"]
        subscriber.start()
        self.assertTrue(subscriber.subscribed.wait(5))
        for publisher in publishers:
            publisher.start()
        clients = [subscriber, *publishers]
        wanted = 0  # by the agent: told to each leader until PUBLISHED was committed
        for kill in range(kills):
            time.sleep(chance.uniform(0.02, 0.2))
            wanted = 10 * kill + 10
            self.agent_publishes(broker, wanted)
            time.sleep(chance.uniform(0, 0.002))
            broker = self.successor(broker, settled=False)
            self.assertEqual(0, broker.wait("RESTORED")["failed"])
            current["leader"] = broker
        self.agent_publishes(broker, wanted)
        time.sleep(0.5)
        for publisher in publishers:
            publisher.stopped.set()
        for publisher in publishers:
            publisher.join(10)
        while time.monotonic() - subscriber.last < 1:
            time.sleep(0.05)
        subscriber.stopped.set()
        subscriber.join(5)
        for client in clients:
            self.assertIsNone(client.fault)
        self.assertGreaterEqual(subscriber.connections, kills // 2)
        lost = repeated = disordered = acknowledged = 0
        for publisher in publishers:
            arrived = subscriber.arrived.get(publisher.clientid, [])
            acknowledged += len(publisher.acknowledged)
            lost += len(set(publisher.acknowledged) - set(arrived))
            first = list(dict.fromkeys(arrived))
            disordered += first != sorted(first)
            if publisher.qos == 2:
                repeated += len(arrived) - len(first)
        arrived = subscriber.arrived.get("agent", [])
        lost += len(set(range(wanted)) - set(arrived))
        repeated += len(arrived) - len(set(arrived))
        print(f"{kills} kills: {acknowledged} acknowledged, {lost} lost, {repeated} QoS 2 repeated, {disordered} of 4 publishers out of order", file=sys.stderr)
        self.assertGreater(acknowledged, kills * 4)
        return lost, repeated, disordered

    def test_nothing_acknowledged_is_lost_and_qos_2_arrives_once(self):
        self.needs(MESSAGE_STATE)
        self.assertEqual((0, 0, 0), self.run_ledger(int(os.environ.get("LINK_KILLS", "20"))))

    def test_a_gate_that_holds_nothing_back_makes_the_ledger_fail(self):
        self.needs(MESSAGE_STATE)
        self.assertTrue(any(self.run_ledger(20, gate_open=True) != (0, 0, 0) for _ in range(6)), "the ledger sees no difference")


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
