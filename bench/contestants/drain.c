// Reads all entries of a table with recv() and counts the messages: the least that it takes to be told of them.
//
//   drain inet|inet6|nexthop|neigh|fdb [BUFFER_BYTES]
//
// inet and inet6 are the routes of a family.
//
// prints {"messages":N,"bytes":N,"seconds":S,"peakBytes":N}. The time is that from the request to the end of the answer.
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <stdint.h>

#include "common.h"

// The kernel fills at most 32 KiB at a time; more room changes nothing.
static const long least_buffer = 32 * 1024;
static const long most_buffer = 1024 * 1024;

struct table {
  const char *name;
  uint16_t type;
  unsigned char family;
  // Of the header that follows that of the message.
  size_t header;
};

static const struct table tables[] = {
    {"inet", RTM_GETROUTE, AF_INET, sizeof(struct rtmsg)},
    {"inet6", RTM_GETROUTE, AF_INET6, sizeof(struct rtmsg)},
    {"nexthop", RTM_GETNEXTHOP, AF_UNSPEC, sizeof(struct nhmsg)},
    {"neigh", RTM_GETNEIGH, AF_UNSPEC, sizeof(struct ndmsg)},
    {"fdb", RTM_GETNEIGH, AF_BRIDGE, sizeof(struct ndmsg)},
};

static const struct table *parse_table(const char *name) {
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
    if (strcmp(name, tables[i].name) == 0) return &tables[i];
  fail("\"%s\" is none of inet, inet6, nexthop, neigh, fdb", name);
}

static void request_dump(int descriptor, const struct table *table) {
  struct {
    struct nlmsghdr header;
    // Each of the headers begins with the family.
    unsigned char body[sizeof(struct rtmsg)];
  } request = {
      .header = {.nlmsg_len = (uint32_t)NLMSG_LENGTH(table->header),
                 .nlmsg_type = table->type,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                 .nlmsg_seq = 1},
      .body = {table->family},
  };
  ssize_t length = (ssize_t)request.header.nlmsg_len;
  if (send(descriptor, &request, (size_t)length, 0) != length) fail("send: %s", strerror(errno));
}

// The kernel says in the final message how the dump went.
static void check_end(const struct nlmsghdr *message) {
  const int *error = NLMSG_DATA(message);
  if (message->nlmsg_len >= NLMSG_LENGTH(sizeof *error) && *error != 0) fail("dump: %s", strerror(-*error));
}

int main(int count, char **words) {
  if (count < 2 || count > 3) fail("usage: drain inet|inet6|nexthop|neigh|fdb [BUFFER_BYTES]");
  const struct table *table = parse_table(words[1]);
  long room = count == 3 ? parse_number("BUFFER_BYTES", words[2], least_buffer, most_buffer) : least_buffer;
  char *buffer = malloc((size_t)room);
  if (buffer == NULL) fail("no memory");
  int descriptor = open_rtnetlink();
  // As the other contestants ask: without exceptions of routes.
  set_netlink_option(descriptor, NETLINK_GET_STRICT_CHK, "NETLINK_GET_STRICT_CHK");

  long messages = 0;
  long bytes = 0;
  int done = 0;
  double start = now();
  request_dump(descriptor, table);
  while (!done) {
    ssize_t received = recv(descriptor, buffer, (size_t)room, MSG_TRUNC);
    if (received < 0) fail("recv: %s", strerror(errno));
    if (received > room) fail("a datagram of %zd bytes does not fit", received);
    bytes += received;
    int left = (int)received;
    for (struct nlmsghdr *message = (void *)buffer; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR) {
        check_end(message);
        done = 1;
      } else {
        messages++;
      }
    }
  }
  double seconds = now() - start;
  printf("{\"messages\":%ld,\"bytes\":%ld,\"seconds\":%.9f,\"peakBytes\":%ld}\n", messages, bytes, seconds,
         peak_bytes());
  return 0;
}
