// The addon with system calls that fail on demand: linked with its objects by
// the linker's `--wrap`, so that only its own calls come here, and not those of
// the runtime. Beside what the addon exports there are `inject` and `injected`.
#include <errno.h>
#include <node_api.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>

namespace {

// What is to fail. Written while no call is under way that could be the one.
char target[64];
int failure = 0;
std::atomic<int64_t> before{-1};  // calls that succeed first; negative: nothing is to fail
std::atomic<int64_t> failed{0};
bool elsewhere = false;  // calls by the thread of JavaScript do not count
pthread_t javascript;

// The errno of this call of `name`, or 0.
int failing(const char* name) {
  if (before.load() < 0 || strcmp(name, target) != 0) return 0;
  if ((elsewhere && pthread_equal(pthread_self(), javascript)) || before.fetch_sub(1) != 0) return 0;
  failed++;
  return failure;
}

void inject(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  size_t count = 4;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  int64_t calls = 0;
  before = -1;
  napi_get_value_string_utf8(env, arguments[0], target, sizeof target, &count);
  napi_get_value_int64(env, arguments[1], &calls);
  napi_get_value_int32(env, arguments[2], &failure);
  napi_get_value_bool(env, arguments[3], &elsewhere);
  javascript = pthread_self();
  failed = 0;
  before = calls;
}

// Nothing fails from now on. Returns whether something did.
napi_value injected(napi_env env) {
  before = -1;
  napi_value result;
  napi_get_boolean(env, failed.load() > 0, &result);
  return result;
}

}  // namespace

// What the module's own function is called in this link.
extern "C" napi_value addon_register(napi_env env, napi_value exports);

extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value function;
  napi_create_function(
      env, "inject", NAPI_AUTO_LENGTH,
      [](napi_env env, napi_callback_info info) -> napi_value {
        inject(env, info);
        return nullptr;
      },
      nullptr, &function);
  napi_set_named_property(env, exports, "inject", function);
  napi_create_function(
      env, "injected", NAPI_AUTO_LENGTH, [](napi_env env, napi_callback_info) { return injected(env); }, nullptr,
      &function);
  napi_set_named_property(env, exports, "injected", function);
  return addon_register(env, exports);
}

// `failed` is what the function returns then; `error` is the errno there.
#define WRAP(result, name, failed, parameters, arguments) \
  extern "C" result __real_##name parameters;             \
  extern "C" result __wrap_##name parameters {            \
    if (const int error = failing(#name); error != 0) {   \
      errno = error;                                      \
      return failed;                                      \
    }                                                     \
    return __real_##name arguments;                       \
  }

WRAP(int, bind, -1, (int socket, const sockaddr* address, socklen_t length), (socket, address, length))
WRAP(int, epoll_create1, -1, (int flags), (flags))
WRAP(int, epoll_wait, -1, (int epoll, epoll_event* events, int most, int timeout), (epoll, events, most, timeout))
WRAP(int, eventfd, -1, (unsigned int value, int flags), (value, flags))
WRAP(int, getpriority, -1, (int which, id_t who), (which, who))
WRAP(int, getsockname, -1, (int socket, sockaddr* address, socklen_t* length), (socket, address, length))
WRAP(int, getsockopt, -1, (int socket, int level, int name, void* value, socklen_t* length),
     (socket, level, name, value, length))
WRAP(int, ioctl, -1, (int file, unsigned long request, void* argument), (file, request, argument))
WRAP(int, madvise, -1, (void* pages, size_t bytes, int advice), (pages, bytes, advice))
WRAP(void*, malloc, nullptr, (size_t bytes), (bytes))
WRAP(void*, mmap, MAP_FAILED, (void* at, size_t bytes, int access, int flags, int file, off_t offset),
     (at, bytes, access, flags, file, offset))
WRAP(int, open, -1, (const char* path, int flags), (path, flags))
WRAP(int, ppoll, -1, (pollfd * files, nfds_t count, const timespec* timeout, const sigset_t* mask),
     (files, count, timeout, mask))
WRAP(int, pthread_attr_setstacksize, error, (pthread_attr_t * attributes, size_t bytes), (attributes, bytes))
WRAP(int, pthread_create, error,
     (pthread_t * thread, const pthread_attr_t* attributes, void* (*function)(void*), void* argument),
     (thread, attributes, function, argument))
WRAP(int, pthread_setname_np, error, (pthread_t thread, const char* name), (thread, name))
WRAP(ssize_t, recvfrom, -1,
     (int socket, void* bytes, size_t length, int flags, sockaddr* address, socklen_t* size),
     (socket, bytes, length, flags, address, size))
WRAP(int, recvmmsg, -1, (int socket, mmsghdr* messages, unsigned int count, int flags, timespec* timeout),
     (socket, messages, count, flags, timeout))
WRAP(ssize_t, send, -1, (int socket, const void* bytes, size_t length, int flags), (socket, bytes, length, flags))
WRAP(int, setns, -1, (int file, int type), (file, type))
WRAP(int, setpriority, -1, (int which, id_t who, int value), (which, who, value))
WRAP(int, setsockopt, -1, (int socket, int level, int name, const void* value, socklen_t length),
     (socket, level, name, value, length))
WRAP(int, socket, -1, (int domain, int type, int protocol), (domain, type, protocol))

// What is there can be taken out whatever happens.
extern "C" int __real_epoll_ctl(int epoll, int what, int file, epoll_event* event);
extern "C" int __wrap_epoll_ctl(int epoll, int what, int file, epoll_event* event) {
  const int error = what == EPOLL_CTL_DEL ? 0 : failing("epoll_ctl");
  if (error == 0) return __real_epoll_ctl(epoll, what, file, event);
  errno = error;
  return -1;
}

// Linux frees the descriptor whatever it returns.
extern "C" int __real_close(int file);
extern "C" int __wrap_close(int file) {
  const int result = __real_close(file);
  const int error = failing("close");
  if (error == 0) return result;
  errno = error;
  return -1;
}
