// Netlink sockets for JavaScript: descriptors, threads that serve them, and bytes. What the bytes mean is not known
// here. Nothing is kept in statics, since one process may load the addon into many environments (worker threads).
#include <napi.h>

#include "announcer.h"
#include "constants.h"
#include "io_thread.h"
#include "network_namespace.h"
#include "socket.h"

namespace {

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("constants", rtnl::constants(env));
  exports.Set("Announcer", rtnl::Announcer::define(env));
  exports.Set("IoThread", rtnl::IoThread::define(env));
  exports.Set("NetworkNamespace", rtnl::NetworkNamespace::define(env));
  exports.Set("Socket", rtnl::Socket::define(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(netlink, initialize)
