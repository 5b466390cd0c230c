// Adds, replaces or deletes many consecutive IPv4 routes as fast as the kernel takes them.
//
//   writer [OPTIONS] STEP...        STEP: add, replace[:PROTOCOL] or delete; they are done one after the other
//
//   --count N          routes (1000)
//   --among N          take them evenly from among so many consecutive prefixes (as many as routes)
//   --length 32|24     consecutive 10.0.0.0/32, 10.0.0.1/32, ... or 10.0.0.0/24, 10.0.1.0/24, ... (32)
//   --device INDEX     the interface that the routes go out of; needed
//   --gateway ADDRESS  the gateway of the first route; without it the routes have none
//   --gateways N       take so many consecutive gateways in turn (1)
//   --table N          routing table (254, main)
//   --protocol N       RTPROT_* (4, static)
//   --pack N           requests a send, at most 128 (128)
//   --ack all|last     an ack for each request, or for the last of a send; a refusal is told anyway (all)
//   --order ascending|descending|scattered   of the deletion (scattered); all else goes up
//
// prints {"operations":N,"failed":N,"seconds":S,"ended":T,"peakBytes":N}: `ended` is when the last ack was read, by
// CLOCK_MONOTONIC. What the first refusal was goes to standard error.
//
// The order of deletion matters. A prefix shorter than an address that goes makes the kernel search its node of the tree
// from the lowest slot for another one as short. If prefixes go in ascending order, the slots that it searches first are
// those that were emptied, more each time, and the whole is quadratic. Scattered, it finds one soon; this is the fastest
// of the orders for addresses too.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <getopt.h>
#include <stdint.h>

#include "common.h"

// An ack is charged about 800 bytes of the receive buffer, of which the default holds 256.
#define MOST_PACKED 128
#define REQUEST_ROOM 128
#define ANSWER_ROOM 1024

enum order { ASCENDING, DESCENDING, SCATTERED };

struct options {
  uint32_t count;
  uint32_t among;
  uint32_t length;
  uint32_t device;
  uint32_t gateway;
  uint32_t gateways;
  uint32_t table;
  uint32_t protocol;
  uint32_t pack;
  int ack_all;
  enum order order;
};

struct step {
  uint16_t type;
  uint16_t flags;
  uint8_t protocol;
  enum order order;
};

struct tally {
  long operations;
  long failed;
};

static void append(struct nlmsghdr *message, uint16_t type, uint32_t value) {
  struct rtattr *attribute = (void *)((char *)message + message->nlmsg_len);
  attribute->rta_type = type;
  attribute->rta_len = RTA_LENGTH(sizeof value);
  memcpy(RTA_DATA(attribute), &value, sizeof value);
  message->nlmsg_len += RTA_SPACE(sizeof value);
}

// Which of the consecutive prefixes is that of a route.
static uint32_t prefix_number(const struct options *options, uint32_t place) {
  return (uint32_t)((uint64_t)place * options->among / options->count);
}

// Writes the request for one route and returns its length.
static uint32_t encode(const struct options *options, const struct step *step, uint32_t place, uint32_t seq, int ack,
                       char *room) {
  memset(room, 0, REQUEST_ROOM);
  struct nlmsghdr *message = (void *)room;
  message->nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg));
  message->nlmsg_type = step->type;
  message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | step->flags | (ack ? NLM_F_ACK : 0));
  message->nlmsg_seq = seq;
  struct rtmsg *route = NLMSG_DATA(message);
  route->rtm_family = AF_INET;
  route->rtm_dst_len = (unsigned char)options->length;
  route->rtm_table = options->table < 256 ? (unsigned char)options->table : RT_TABLE_UNSPEC;
  route->rtm_type = RTN_UNICAST;
  uint32_t number = prefix_number(options, place);
  append(message, RTA_DST, htonl(0x0a000000u + (number << (32 - options->length))));
  append(message, RTA_TABLE, options->table);
  append(message, RTA_OIF, options->device);
  if (options->gateway != 0)
    append(message, RTA_GATEWAY, htonl(options->gateway + number % options->gateways));
  if (step->type == RTM_DELROUTE) {
    route->rtm_scope = RT_SCOPE_NOWHERE;
  } else {
    route->rtm_scope = options->gateway == 0 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    route->rtm_protocol = step->protocol;
  }
  return message->nlmsg_len;
}

// Reads answers until those to the requests first..last are there: one for each, or refusals and the ack of the last.
static void read_answers(int descriptor, uint32_t first, uint32_t last, int all, struct tally *tally) {
  static char answers[MOST_PACKED][ANSWER_ROOM];
  static struct iovec places[MOST_PACKED];
  static struct mmsghdr received[MOST_PACKED];
  uint32_t awaited = all ? last - first + 1 : 1;
  while (awaited > 0) {
    for (int i = 0; i < MOST_PACKED; i++) {
      places[i] = (struct iovec){.iov_base = answers[i], .iov_len = ANSWER_ROOM};
      received[i].msg_hdr = (struct msghdr){.msg_iov = &places[i], .msg_iovlen = 1};
    }
    int datagrams = recvmmsg(descriptor, received, MOST_PACKED, MSG_WAITFORONE, NULL);
    if (datagrams < 0) fail("recvmmsg: %s", strerror(errno));
    for (int i = 0; i < datagrams; i++) {
      const struct nlmsghdr *message = (void *)answers[i];
      if (received[i].msg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr)) || message->nlmsg_type != NLMSG_ERROR ||
          message->nlmsg_seq < first || message->nlmsg_seq > last)
        fail("an answer that is no ack");
      const struct nlmsgerr *answer = NLMSG_DATA(message);
      if (answer->error != 0 && tally->failed++ == 0) fprintf(stderr, "first refusal: %s\n", strerror(-answer->error));
      if (all || message->nlmsg_seq == last) awaited--;
    }
  }
}

static uint32_t common_divisor(uint32_t a, uint32_t b) {
  while (b != 0) {
    uint32_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

// A step of about the golden section of `count` that meets every place once.
static uint32_t stride_for(uint32_t count) {
  uint32_t stride = (uint32_t)((double)count * 0.6180339887) | 1;
  while (common_divisor(stride, count) != 1) stride++;
  return stride;
}

static uint32_t place_of(enum order order, uint32_t turn, uint32_t count, uint32_t stride) {
  switch (order) {
    case ASCENDING:
      return turn;
    case DESCENDING:
      return count - 1 - turn;
    default:
      return (uint32_t)((uint64_t)turn * stride % count);
  }
}

static void run(int descriptor, const struct options *options, const struct step *step, struct tally *tally) {
  static char requests[MOST_PACKED * REQUEST_ROOM];
  static uint32_t seq = 0;
  uint32_t stride = stride_for(options->count);
  for (uint32_t turn = 0; turn < options->count;) {
    uint32_t last_turn = turn + options->pack < options->count ? turn + options->pack : options->count;
    uint32_t first = seq + 1;
    size_t length = 0;
    for (; turn < last_turn; turn++) {
      uint32_t place = place_of(step->order, turn, options->count, stride);
      int ack = options->ack_all || turn == last_turn - 1;
      length += NLMSG_ALIGN(encode(options, step, place, ++seq, ack, requests + length));
    }
    if (send(descriptor, requests, length, 0) != (ssize_t)length) fail("send: %s", strerror(errno));
    read_answers(descriptor, first, seq, options->ack_all, tally);
  }
  tally->operations += options->count;
}

static struct step parse_step(const char *word, const struct options *options) {
  uint8_t protocol = (uint8_t)options->protocol;
  if (strcmp(word, "add") == 0) return (struct step){RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, protocol, ASCENDING};
  if (strcmp(word, "delete") == 0) return (struct step){RTM_DELROUTE, 0, 0, options->order};
  if (strncmp(word, "replace", 7) == 0 && (word[7] == '\0' || word[7] == ':')) {
    if (word[7] == ':') protocol = (uint8_t)parse_number("replace", word + 8, 0, 255);
    return (struct step){RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, protocol, ASCENDING};
  }
  fail("\"%s\" is none of add, replace[:PROTOCOL], delete", word);
}

static enum order parse_order(const char *word) {
  if (strcmp(word, "ascending") == 0) return ASCENDING;
  if (strcmp(word, "descending") == 0) return DESCENDING;
  if (strcmp(word, "scattered") == 0) return SCATTERED;
  fail("--order: \"%s\" is none of ascending, descending, scattered", word);
}

static uint32_t parse_address(const char *word) {
  struct in_addr address;
  if (inet_pton(AF_INET, word, &address) != 1) fail("--gateway: \"%s\" is no IPv4 address", word);
  return ntohl(address.s_addr);
}

static struct options parse_options(int count, char **words) {
  static const struct option known[] = {
      {"count", required_argument, NULL, 'c'},    {"among", required_argument, NULL, 'm'},
      {"length", required_argument, NULL, 'l'},   {"device", required_argument, NULL, 'd'},
      {"gateway", required_argument, NULL, 'g'},  {"gateways", required_argument, NULL, 'n'},
      {"table", required_argument, NULL, 't'},    {"protocol", required_argument, NULL, 'p'},
      {"pack", required_argument, NULL, 'k'},     {"ack", required_argument, NULL, 'a'},
      {"order", required_argument, NULL, 'o'},    {NULL, 0, NULL, 0},
  };
  struct options options = {.count = 1000,
                            .length = 32,
                            .gateways = 1,
                            .table = RT_TABLE_MAIN,
                            .protocol = RTPROT_STATIC,
                            .pack = MOST_PACKED,
                            .ack_all = 1,
                            .order = SCATTERED};
  for (int option; (option = getopt_long(count, words, "", known, NULL)) != -1;) switch (option) {
      case 'c':
        options.count = (uint32_t)parse_number("--count", optarg, 1, 16777216);
        break;
      case 'm':
        options.among = (uint32_t)parse_number("--among", optarg, 1, 16777216);
        break;
      case 'l':
        options.length = (uint32_t)parse_number("--length", optarg, 24, 32);
        if (options.length != 24 && options.length != 32) fail("--length: neither 24 nor 32");
        break;
      case 'd':
        options.device = (uint32_t)parse_number("--device", optarg, 1, INT32_MAX);
        break;
      case 'g':
        options.gateway = parse_address(optarg);
        break;
      case 'n':
        options.gateways = (uint32_t)parse_number("--gateways", optarg, 1, 65536);
        break;
      case 't':
        options.table = (uint32_t)parse_number("--table", optarg, 1, UINT32_MAX);
        break;
      case 'p':
        options.protocol = (uint32_t)parse_number("--protocol", optarg, 0, 255);
        break;
      case 'k':
        options.pack = (uint32_t)parse_number("--pack", optarg, 1, MOST_PACKED);
        break;
      case 'a':
        options.ack_all = strcmp(optarg, "all") == 0;
        if (!options.ack_all && strcmp(optarg, "last") != 0) fail("--ack: \"%s\" is neither all nor last", optarg);
        break;
      case 'o':
        options.order = parse_order(optarg);
        break;
      default:
        exit(1);
    }
  if (options.device == 0) fail("--device is missing");
  if (options.among == 0) options.among = options.count;
  if (options.among < options.count) fail("--among is less than --count");
  // Up to 126.255.255.255: what follows is the loopback's.
  if ((uint64_t)options.among << (32 - options.length) > 0x75000000u) fail("too many prefixes");
  return options;
}

int main(int count, char **words) {
  struct options options = parse_options(count, words);
  if (optind == count) fail("no step: add, replace[:PROTOCOL] or delete");
  struct tally tally = {0, 0};
  int descriptor = open_rtnetlink();
  // A refusal does not repeat the request, so that every answer is small.
  set_netlink_option(descriptor, NETLINK_CAP_ACK, "NETLINK_CAP_ACK");
  double start = now();
  for (; optind < count; optind++) {
    struct step step = parse_step(words[optind], &options);
    run(descriptor, &options, &step, &tally);
  }
  double end = now();
  printf("{\"operations\":%ld,\"failed\":%ld,\"seconds\":%.9f,\"ended\":%.9f,\"peakBytes\":%ld}\n", tally.operations,
         tally.failed, end - start, end, peak_bytes());
  return 0;
}
