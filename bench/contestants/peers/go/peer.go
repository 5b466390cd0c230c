// The package vishvananda/netlink as a contestant: ../README.md says what it is received and what it answers.
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Seconds without a message after which everything is taken for received.
const quiet = 0.3

type place struct {
	ifindex, gateways int
	gateway           uint32
}

type key struct {
	table, tos, metric int
	destination        string
}

// A follower takes updates from the channel of the library into a map. The lock is held by a program that is busy.
type follower struct {
	sync.Mutex
	table          map[key]netlink.Route
	received, overruns int
	last           float64
	ended          bool
}

// Seconds by CLOCK_MONOTONIC, which the other processes read too.
func now() float64 {
	var time unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &time); err != nil {
		panic(err)
	}
	return float64(time.Sec) + float64(time.Nsec)/1e9
}

func keyOf(route netlink.Route) key {
	destination := ""
	if route.Dst != nil {
		bits, _ := route.Dst.Mask.Size()
		destination = string(route.Dst.IP.To4()) + string(rune(bits))
	}
	return key{route.Table, route.Tos, route.Priority, destination}
}

func dump() ([]netlink.Route, error) {
	return netlink.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{Table: unix.RT_TABLE_UNSPEC}, netlink.RT_FILTER_TABLE)
}

func dumpTable() (map[key]netlink.Route, error) {
	routes, err := dump()
	table := make(map[key]netlink.Route, len(routes))
	for _, route := range routes {
		table[keyOf(route)] = route
	}
	return table, err
}

func address(number uint32) net.IP {
	bytes := make(net.IP, 4)
	binary.BigEndian.PutUint32(bytes, number)
	return bytes
}

func commonDivisor(a, b int) int {
	if b == 0 {
		return a
	}
	return commonDivisor(b, a%b)
}

func change(where place, words []string) (string, error) {
	count, err := strconv.Atoi(words[1])
	table, tableErr := strconv.Atoi(words[2])
	protocol, protocolErr := strconv.Atoi(words[3])
	if err = firstOf(err, tableErr, protocolErr); err != nil {
		return "", err
	}
	handle, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return "", err
	}
	defer handle.Delete()
	send, stride := handle.RouteAdd, 1
	if words[0] == "delete" {
		// In the order in which the writer in C deletes.
		send, stride = handle.RouteDel, int(float64(count)*0.6180339887)|1
		for commonDivisor(stride, count) != 1 {
			stride++
		}
	}
	start := now()
	for turn := 0; turn < count; turn++ {
		number := turn * stride % count
		route := netlink.Route{
			LinkIndex: where.ifindex,
			Dst:       &net.IPNet{IP: address(0x0a000000 + uint32(number)), Mask: net.CIDRMask(32, 32)},
			Gw:        address(where.gateway + uint32(number%where.gateways)),
			Table:     table,
			Protocol:  netlink.RouteProtocol(protocol),
		}
		if err := send(&route); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf(`{"seconds":%f,"sent":%d}`, now()-start, count), nil
}

func (f *follower) follow() error {
	updates := make(chan netlink.RouteUpdate)
	err := netlink.RouteSubscribeWithOptions(updates, nil, netlink.RouteSubscribeOptions{
		ErrorCallback: func(err error) {
			f.Lock()
			defer f.Unlock()
			if errors.Is(err, unix.ENOBUFS) || strings.Contains(err.Error(), unix.ENOBUFS.Error()) {
				f.overruns++
			}
		},
	})
	if err != nil {
		return err
	}
	if f.table, err = dumpTable(); err != nil {
		return err
	}
	go func() {
		for update := range updates {
			f.take(update)
		}
		f.Lock()
		defer f.Unlock()
		f.ended = true
	}()
	return nil
}

func (f *follower) take(update netlink.RouteUpdate) {
	f.Lock()
	defer f.Unlock()
	if update.Type == unix.RTM_NEWROUTE {
		f.table[keyOf(update.Route)] = update.Route
	} else {
		delete(f.table, keyOf(update.Route))
	}
	f.received++
	f.last = now()
}

func (f *follower) catchUp(unblocked float64) string {
	for asked := now(); ; time.Sleep(20 * time.Millisecond) {
		f.Lock()
		received, overruns, latest, ended := f.received, f.overruns, f.last, 0
		if f.ended {
			ended = 1
		}
		f.Unlock()
		if latest < unblocked {
			latest = unblocked
		}
		if since := now(); ended == 1 || since-latest > quiet && since-asked > quiet {
			return fmt.Sprintf(`{"fresh":%f,"unblocked":%f,"received":%d,"overruns":%d,"ended":%d}`,
				latest, unblocked, received, overruns, ended)
		}
	}
}

func (f *follower) compare() (string, error) {
	fresh, err := dumpTable()
	f.Lock()
	defer f.Unlock()
	lost := 0
	for key := range fresh {
		if _, known := f.table[key]; !known {
			lost++
		}
	}
	for key := range f.table {
		if _, there := fresh[key]; !there {
			lost++
		}
	}
	return fmt.Sprintf(`{"lost":%d}`, lost), err
}

func firstOf(errors ...error) error {
	for _, err := range errors {
		if err != nil {
			return err
		}
	}
	return nil
}

func obey(where place) error {
	var f follower
	unblocked := 0.0
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		words := strings.Split(lines.Text(), " ")
		answer, err := "{}", error(nil)
		switch words[0] {
		case "dump":
			start := now()
			var routes []netlink.Route
			routes, err = dump()
			answer = fmt.Sprintf(`{"seconds":%f,"routes":%d}`, now()-start, len(routes))
		case "add", "delete":
			answer, err = change(where, words)
		case "follow":
			err = f.follow()
		case "block":
			var milliseconds int
			if milliseconds, err = strconv.Atoi(words[1]); err != nil {
				break
			}
			f.Lock()
			fmt.Println("{}")
			time.Sleep(time.Duration(milliseconds) * time.Millisecond)
			f.Unlock()
			unblocked = now()
			continue
		case "catch-up":
			answer = f.catchUp(unblocked)
		case "compare":
			answer, err = f.compare()
		default:
			err = fmt.Errorf("%q is no command", words[0])
		}
		if err != nil {
			return err
		}
		fmt.Println(answer)
	}
	return nil
}

func main() {
	ifindex, err := strconv.Atoi(os.Args[1])
	gateways, gatewaysErr := strconv.Atoi(os.Args[3])
	if err = firstOf(err, gatewaysErr); err == nil {
		gateway := binary.BigEndian.Uint32(net.ParseIP(os.Args[2]).To4())
		err = obey(place{ifindex: ifindex, gateway: gateway, gateways: gateways})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
