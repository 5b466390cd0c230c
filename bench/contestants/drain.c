// Reads all routes of a family with recv() and counts the messages: the least that it takes to be told of them.
//
//   drain inet|inet6 [BUFFER_BYTES]
//
// prints {"messages":N,"bytes":N,"seconds":S,"peakBytes":N}. The time is that from the request to the end of the answer.
#include "common.h"

// The kernel fills at most 32 KiB at a time; more room changes nothing.
static const long least_buffer = 32 * 1024;
static const long most_buffer = 1024 * 1024;

static unsigned char parse_family(const char *name) {
  if (strcmp(name, "inet") == 0) return AF_INET;
  if (strcmp(name, "inet6") == 0) return AF_INET6;
  fail("\"%s\" is neither inet nor inet6", name);
}

static void request_dump(int descriptor, unsigned char family) {
  struct {
    struct nlmsghdr header;
    struct rtmsg route;
  } request = {
      .header = {.nlmsg_len = sizeof request,
                 .nlmsg_type = RTM_GETROUTE,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                 .nlmsg_seq = 1},
      .route = {.rtm_family = family},
  };
  if (send(descriptor, &request, sizeof request, 0) != (ssize_t)sizeof request) fail("send: %s", strerror(errno));
}

// The kernel says in the final message how the dump went.
static void check_end(const struct nlmsghdr *message) {
  const int *error = NLMSG_DATA(message);
  if (message->nlmsg_len >= NLMSG_LENGTH(sizeof *error) && *error != 0) fail("dump: %s", strerror(-*error));
}

int main(int count, char **words) {
  if (count < 2 || count > 3) fail("usage: drain inet|inet6 [BUFFER_BYTES]");
  unsigned char family = parse_family(words[1]);
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
  request_dump(descriptor, family);
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
