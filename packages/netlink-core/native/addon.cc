// Netlink sockets for JavaScript: descriptors, a thread for each socket, and bytes. What the bytes mean is not known
// here. Nothing is kept in statics, since one process may load the addon into many environments (worker threads).
#include <napi.h>

#include "constants.h"
#include "network_namespace.h"
#include "socket.h"

namespace {

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("constants", rtnl::constants(env));
  exports.Set("NetworkNamespace", rtnl::NetworkNamespace::define(env));
  exports.Set("Socket", rtnl::Socket::define(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(netlink, initialize)
