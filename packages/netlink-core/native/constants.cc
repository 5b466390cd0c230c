#include "constants.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <initializer_list>

#include "numbers.h"

namespace rtnl {

namespace {

struct Named {
  template <typename Number>
  Named(const char* text, Number value) : name(text), number(static_cast<double>(value)) {}

  const char* name;
  double number;
};

Napi::Object objectOf(Napi::Env env, std::initializer_list<Named> members) {
  Napi::Object object = Napi::Object::New(env);
  for (const Named& member : members) object.Set(member.name, member.number);
  object.Freeze();
  return object;
}

}  // namespace

// So a name cannot get the number of another one.
#define NUMBER(name) Named(#name, name)
#define MEMBER(type, name) Named(#name, type::name)

Napi::Object constants(Napi::Env env) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("readBytes", static_cast<double>(kReadBytes));
  object.Set("largestSize", static_cast<double>(kLargestSize));
  object.Set("Kind",
             objectOf(env, {MEMBER(Kind, None), MEMBER(Kind, Data), MEMBER(Kind, Overrun), MEMBER(Kind, Truncated),
                            MEMBER(Kind, Sync), MEMBER(Kind, SendFailed), MEMBER(Kind, Failed), MEMBER(Kind, Empty)}));
  object.Set("Detail", objectOf(env, {MEMBER(Detail, Length), MEMBER(Detail, Nsid), MEMBER(Detail, Errno),
                                      MEMBER(Detail, Token), MEMBER(Detail, Settled), MEMBER(Detail, Count)}));
  object.Set("Counter", objectOf(env, {MEMBER(Counter, Datagrams), MEMBER(Counter, Bytes), MEMBER(Counter, Overruns),
                                       MEMBER(Counter, Truncated), MEMBER(Counter, Foreign), MEMBER(Counter, Drops),
                                       MEMBER(Counter, Pending), MEMBER(Counter, Count)}));
  // Some of these differ between architectures.
  object.Set("SocketOption",
             objectOf(env, {NUMBER(SOL_SOCKET), NUMBER(SO_SNDBUF), NUMBER(SO_RCVBUF), NUMBER(SO_RCVBUFFORCE),
                            NUMBER(SOL_NETLINK), NUMBER(NETLINK_ADD_MEMBERSHIP), NUMBER(NETLINK_DROP_MEMBERSHIP),
                            NUMBER(NETLINK_LISTEN_ALL_NSID), NUMBER(NETLINK_CAP_ACK), NUMBER(NETLINK_EXT_ACK),
                            NUMBER(NETLINK_GET_STRICT_CHK)}));
  object.Freeze();
  return object;
}

}  // namespace rtnl
