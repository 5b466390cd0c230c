// Netlink sockets for JavaScript: descriptors, a thread for each socket, and bytes. What the bytes mean is not known
// here. Nothing is kept in statics, since one process may load the addon into many environments (worker threads).
#include <napi.h>
#include <unistd.h>

#include <string>

#include "descriptor.h"
#include "inbox.h"
#include "socket.h"

namespace {

Napi::Value openNetworkNamespace(const Napi::CallbackInfo& info) {
  try {
    const std::string path = info[0].ToString();
    return Napi::Number::New(info.Env(), rtnl::openNetworkNamespace(path.c_str()).release());
  } catch (const rtnl::SystemError& error) {
    throw rtnl::asException(info.Env(), error);
  }
}

void closeDescriptor(const Napi::CallbackInfo& info) { close(info[0].ToNumber().Int32Value()); }

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("Socket", rtnl::Socket::define(env));
  exports.Set("readBytes", static_cast<double>(rtnl::kChunk));
  exports.Set("openNetworkNamespace", Napi::Function::New<openNetworkNamespace>(env, "openNetworkNamespace"));
  exports.Set("closeDescriptor", Napi::Function::New<closeDescriptor>(env, "closeDescriptor"));
  return exports;
}

}  // namespace

NODE_API_MODULE(netlink, initialize)
