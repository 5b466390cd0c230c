// What GCC's C++ library takes from glibc, beside what native/portable/libc.cc has.
#include <sys/random.h>

extern "C" unsigned arc4random() {
  unsigned value = 0;
  if (getrandom(&value, sizeof value, 0) != sizeof value) __builtin_abort();
  return value;
}
