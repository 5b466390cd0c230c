"""The package pyroute2 as a contestant: README.md says what it is received and what it answers.

A follower reads the socket of the library in the only thread there is, and takes messages into a dict.
"""
import errno
import json
import math
import select
import socket
import sys
import time

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError
from pyroute2.netlink.rtnl import RTMGRP_IPV4_ROUTE

QUIET = 0.3
"""Seconds without a message after which everything is taken for received."""


def key(route):
    table = route.get_attr("RTA_TABLE") or route["table"]
    return table, route.get_attr("RTA_DST"), route["dst_len"], route["tos"], route.get_attr("RTA_PRIORITY")


def dump(ipr):
    return list(ipr.get_routes(family=socket.AF_INET))


def scattered(count):
    """Every number below `count` once, in the order in which the writer in C deletes."""
    stride = int(count * 0.6180339887) | 1
    while math.gcd(stride, count) != 1:
        stride += 1
    return (turn * stride % count for turn in range(count))


def change(ipr, place, words):
    action, (count, table, protocol) = words[0], map(int, words[1:])
    start = time.monotonic()
    for number in range(count) if action == "add" else scattered(count):
        ipr.route(
            "add" if action == "add" else "del",
            dst=f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}/32",
            gateway=socket.inet_ntoa((place["gateway"] + number % place["gateways"]).to_bytes(4, "big")),
            oif=place["ifindex"],
            table=table,
            proto=protocol,
        )
    return {"seconds": time.monotonic() - start, "sent": count}


class Follower:
    def __init__(self):
        self.received = 0
        self.overruns = 0
        self.last = 0.0
        self.unblocked = 0.0
        self.table = {}
        self.socket = IPRoute()
        self.socket.bind(RTMGRP_IPV4_ROUTE)
        with IPRoute() as ipr:
            self.table = {key(route): route for route in dump(ipr)}

    def read(self):
        try:
            messages = self.socket.get()
        except (OSError, NetlinkError) as error:
            if getattr(error, "errno", None) != errno.ENOBUFS and getattr(error, "code", None) != errno.ENOBUFS:
                raise
            self.overruns += 1
            return
        for message in messages:
            if message["event"] == "RTM_NEWROUTE":
                self.table[key(message)] = message
            elif message["event"] == "RTM_DELROUTE":
                self.table.pop(key(message), None)
            else:
                continue
            self.received += 1
            self.last = time.monotonic()

    def catch_up(self):
        while select.select([self.socket], [], [], QUIET)[0]:
            self.read()
        return {
            "fresh": max(self.last, self.unblocked),
            "unblocked": self.unblocked,
            "received": self.received,
            "overruns": self.overruns,
            "ended": 0,
        }

    def block(self, milliseconds):
        print("{}", flush=True)
        time.sleep(milliseconds / 1000)
        self.unblocked = time.monotonic()

    def compare(self):
        with IPRoute() as ipr:
            fresh = {key(route) for route in dump(ipr)}
        return {"lost": len(fresh ^ self.table.keys())}


def obey(place):
    follower = None
    while True:
        watched = [sys.stdin] if follower is None else [sys.stdin, follower.socket]
        ready = select.select(watched, [], [])[0]
        if sys.stdin not in ready:
            follower.read()
            continue
        line = sys.stdin.readline()
        if line == "":
            return
        words = line.split()
        if words[0] == "block":
            follower.block(int(words[1]))
            continue
        if words[0] == "dump":
            with IPRoute() as ipr:
                start = time.monotonic()
                routes = dump(ipr)
                answer = {"seconds": time.monotonic() - start, "routes": len(routes)}
        elif words[0] in ("add", "delete"):
            with IPRoute() as ipr:
                answer = change(ipr, place, words)
        elif words[0] == "follow":
            follower = Follower()
            answer = {}
        elif words[0] == "catch-up":
            answer = follower.catch_up()
        elif words[0] == "compare":
            answer = follower.compare()
        else:
            sys.exit(f'"{words[0]}" is no command')
        print(json.dumps(answer), flush=True)


obey(
    {
        "ifindex": int(sys.argv[1]),
        "gateway": int.from_bytes(socket.inet_aton(sys.argv[2]), "big"),
        "gateways": int(sys.argv[3]),
    }
)
