#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "shared/net/accept.hpp"
#include "shared/net/sockets.hpp"

namespace iolab {

AcceptStatus accept_status(int error) noexcept {
  switch (error) {
    case 0:
      return AcceptStatus::accepted;
    case EAGAIN:
      return AcceptStatus::would_block;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return AcceptStatus::no_resources;
    default:
      return AcceptStatus::peer_gone;
  }
}

AcceptResult accept_connection(Handle listener) noexcept {
  UniqueHandle handle(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  const AcceptStatus status = accept_status(handle ? 0 : errno);
  if (handle) configure_connection(handle.get());
  return {status, std::move(handle)};
}

}  // namespace iolab
