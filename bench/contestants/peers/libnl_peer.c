// The library libnl-route-3 as a contestant: README.md says what it is received and what it answers.
//
// A follower has a cache manager of the library, which reads in the only thread there is.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <unistd.h>

#include <netlink/cache.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>

#include "../common.h"

#define QUIET_MS 300
#define LINE_ROOM 256

struct place {
  int ifindex;
  uint32_t gateway;
  uint32_t gateways;
};

struct follower {
  struct nl_cache_mngr *manager;
  struct nl_cache *cache;
  long received;
  long overruns;
  double last;
  double unblocked;
};

static void check(int result, const char *what) {
  if (result < 0) fail("%s: %s", what, nl_geterror(result));
}

static struct nl_sock *open_socket(void) {
  struct nl_sock *socket = nl_socket_alloc();
  if (socket == NULL) fail("no memory");
  check(nl_connect(socket, NETLINK_ROUTE), "nl_connect");
  return socket;
}

static struct nl_cache *read_cache(void) {
  struct nl_sock *socket = open_socket();
  struct nl_cache *cache;
  check(rtnl_route_alloc_cache(socket, AF_INET, 0, &cache), "rtnl_route_alloc_cache");
  nl_socket_free(socket);
  return cache;
}

static void dump(void) {
  double start = now();
  struct nl_cache *cache = read_cache();
  double seconds = now() - start;
  printf("{\"seconds\":%.9f,\"routes\":%d}\n", seconds, nl_cache_nitems(cache));
  nl_cache_free(cache);
}

static struct nl_addr *address_of(uint32_t number) {
  uint32_t bytes = htonl(number);
  struct nl_addr *address = nl_addr_build(AF_INET, &bytes, sizeof bytes);
  if (address == NULL) fail("no memory");
  return address;
}

static struct rtnl_route *make_route(const struct place *place, uint32_t number, uint32_t table, uint8_t protocol) {
  struct rtnl_route *route = rtnl_route_alloc();
  struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
  if (route == NULL || hop == NULL) fail("no memory");
  struct nl_addr *destination = address_of(0x0a000000u + number);
  struct nl_addr *gateway = address_of(place->gateway + number % place->gateways);
  check(rtnl_route_set_family(route, AF_INET), "family");
  check(rtnl_route_set_dst(route, destination), "dst");
  rtnl_route_set_table(route, table);
  rtnl_route_set_protocol(route, protocol);
  rtnl_route_set_scope(route, RT_SCOPE_UNIVERSE);
  rtnl_route_nh_set_gateway(hop, gateway);
  rtnl_route_nh_set_ifindex(hop, place->ifindex);
  rtnl_route_add_nexthop(route, hop);
  nl_addr_put(destination);
  nl_addr_put(gateway);
  return route;
}

static uint32_t common_divisor(uint32_t a, uint32_t b) {
  return b == 0 ? a : common_divisor(b, a % b);
}

static void change(const struct place *place, int adds, uint32_t count, uint32_t table, uint8_t protocol) {
  struct nl_sock *socket = open_socket();
  uint32_t stride = adds ? 1 : (uint32_t)((double)count * 0.6180339887) | 1;
  while (common_divisor(stride, count) != 1) stride++;
  double start = now();
  for (uint32_t turn = 0; turn < count; turn++) {
    // Deletes in the order in which the writer in C does.
    struct rtnl_route *route = make_route(place, (uint32_t)((uint64_t)turn * stride % count), table, protocol);
    if (adds)
      check(rtnl_route_add(socket, route, NLM_F_EXCL), "rtnl_route_add");
    else
      check(rtnl_route_delete(socket, route, 0), "rtnl_route_delete");
    rtnl_route_put(route);
  }
  printf("{\"seconds\":%.9f,\"sent\":%u}\n", now() - start, count);
  nl_socket_free(socket);
}

static void changed(struct nl_cache *cache, struct nl_object *object, int action, void *data) {
  (void)cache;
  (void)object;
  (void)action;
  struct follower *follower = data;
  follower->received++;
  follower->last = now();
}

static void follow(struct follower *follower) {
  check(nl_cache_mngr_alloc(NULL, NETLINK_ROUTE, 0, &follower->manager), "nl_cache_mngr_alloc");
  check(nl_cache_mngr_add(follower->manager, "route/route", changed, follower, &follower->cache), "nl_cache_mngr_add");
}

static void read_changes(struct follower *follower) {
  if (nl_cache_mngr_data_ready(follower->manager) < 0) follower->overruns++;
}

static void catch_up(struct follower *follower) {
  struct pollfd socket = {.fd = nl_cache_mngr_get_fd(follower->manager), .events = POLLIN};
  while (poll(&socket, 1, QUIET_MS) > 0) read_changes(follower);
  double fresh = follower->last > follower->unblocked ? follower->last : follower->unblocked;
  printf("{\"fresh\":%.9f,\"unblocked\":%.9f,\"received\":%ld,\"overruns\":%ld,\"ended\":0}\n", fresh, follower->unblocked,
         follower->received, follower->overruns);
}

// Counts IPv4 routes of one cache that the other has not.
static long count_missing(struct nl_cache *in, struct nl_cache *from) {
  long missing = 0;
  for (struct nl_object *object = nl_cache_get_first(in); object != NULL; object = nl_cache_get_next(object)) {
    if (rtnl_route_get_family((struct rtnl_route *)object) != AF_INET) continue;
    struct nl_object *found = nl_cache_search(from, object);
    if (found == NULL)
      missing++;
    else
      nl_object_put(found);
  }
  return missing;
}

static void compare(struct follower *follower) {
  struct nl_cache *fresh = read_cache();
  printf("{\"lost\":%ld}\n", count_missing(fresh, follower->cache) + count_missing(follower->cache, fresh));
  nl_cache_free(fresh);
}

static void block(struct follower *follower, long milliseconds) {
  printf("{}\n");
  fflush(stdout);
  struct timespec pause = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
  nanosleep(&pause, NULL);
  follower->unblocked = now();
}

static void obey(const struct place *place, struct follower *follower, const char *line) {
  unsigned count, table, protocol;
  long milliseconds;
  if (strcmp(line, "dump\n") == 0)
    dump();
  else if (sscanf(line, "add %u %u %u", &count, &table, &protocol) == 3)
    change(place, 1, count, table, (uint8_t)protocol);
  else if (sscanf(line, "delete %u %u %u", &count, &table, &protocol) == 3)
    change(place, 0, count, table, (uint8_t)protocol);
  else if (strcmp(line, "follow\n") == 0) {
    follow(follower);
    printf("{}\n");
  } else if (sscanf(line, "block %ld", &milliseconds) == 1)
    block(follower, milliseconds);
  else if (strcmp(line, "catch-up\n") == 0)
    catch_up(follower);
  else if (strcmp(line, "compare\n") == 0)
    compare(follower);
  else
    fail("\"%s\" is no command", line);
  fflush(stdout);
}

int main(int count, char **words) {
  if (count != 4) fail("usage: libnl_peer IFINDEX GATEWAY GATEWAYS");
  struct in_addr gateway;
  if (inet_pton(AF_INET, words[2], &gateway) != 1) fail("\"%s\" is no IPv4 address", words[2]);
  struct place place = {.ifindex = (int)parse_number("IFINDEX", words[1], 1, INT32_MAX),
                        .gateway = ntohl(gateway.s_addr),
                        .gateways = (uint32_t)parse_number("GATEWAYS", words[3], 1, 256)};
  struct follower follower = {0};
  char line[LINE_ROOM];
  // What is read ahead would hide lines from poll().
  setvbuf(stdin, NULL, _IONBF, 0);
  for (;;) {
    struct pollfd watched[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = -1, .events = POLLIN}};
    if (follower.manager != NULL) watched[1].fd = nl_cache_mngr_get_fd(follower.manager);
    if (poll(watched, 2, -1) < 0) fail("poll: %s", strerror(errno));
    if (watched[1].revents != 0) read_changes(&follower);
    if (watched[0].revents == 0) continue;
    if (fgets(line, sizeof line, stdin) == NULL) return 0;
    obey(&place, &follower, line);
  }
}
