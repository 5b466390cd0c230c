// What the contestants in C share. Each is one file and prints one JSON object; a failure goes to standard error.
#ifndef RTNL_BENCH_COMMON_H
#define RTNL_BENCH_COMMON_H

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

__attribute__((format(printf, 1, 2), noreturn)) static inline void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(1);
}

// Seconds by the clock that process.hrtime() of Node.js shows too, so that the times of two processes can be compared.
static inline double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// The most memory that the process ever had. Not ru_maxrss, which remembers the program from before exec().
static inline long peak_bytes(void) {
  char line[256];
  long kibibytes = -1;
  FILE *status = fopen("/proc/self/status", "r");
  while (status != NULL && kibibytes < 0 && fgets(line, sizeof line, status) != NULL)
    if (sscanf(line, "VmHWM: %ld kB", &kibibytes) != 1) kibibytes = -1;
  if (kibibytes < 0) fail("/proc/self/status has no VmHWM");
  fclose(status);
  return kibibytes * 1024;
}

static inline int open_rtnetlink(void) {
  int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (descriptor < 0) fail("socket: %s", strerror(errno));
  struct sockaddr_nl address = {.nl_family = AF_NETLINK};
  if (bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0) fail("bind: %s", strerror(errno));
  return descriptor;
}

static inline void set_netlink_option(int descriptor, int option, const char *name) {
  int one = 1;
  if (setsockopt(descriptor, SOL_NETLINK, option, &one, sizeof one) != 0) fail("%s: %s", name, strerror(errno));
}

// A whole number in a range, or the end of the program.
static inline long parse_number(const char *name, const char *text, long least, long most) {
  char *end;
  errno = 0;
  long number = strtol(text, &end, 10);
  if (errno != 0 || *text == '\0' || *end != '\0' || number < least || number > most)
    fail("%s: \"%s\" is not a whole number in %ld..%ld", name, text, least, most);
  return number;
}

#endif
