#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "shared/net/accept.hpp"
#include "shared/net/sockets.hpp"
#include "tests/contract/test_network.hpp"

namespace iolab {
namespace {

class LoopbackNetwork final : public TestNetwork {
 public:
  SocketPair connection() override {
    UniqueHandle peer = connect_to(listener_.get());
    return {accept_connection(listener_.get()).handle, std::move(peer)};
  }

  UniqueHandle connect_to(Handle listener) override {
    UniqueHandle peer(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!peer) throw_socket_error("socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(local_port(listener));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(peer.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw_socket_error("connect");
    }
    set_nonblocking(peer.get(), true);
    return peer;
  }

  void reset(UniqueHandle peer) override {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    if (::setsockopt(peer.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) != 0) {
      throw_socket_error("SO_LINGER");
    }
  }

 private:
  UniqueHandle listener_ = listen_on("127.0.0.1", 0, false);
};

}  // namespace

std::unique_ptr<TestNetwork> make_test_network() {
  return std::make_unique<LoopbackNetwork>();
}

}  // namespace iolab
