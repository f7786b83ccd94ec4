#include <cerrno>

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

}  // namespace iolab
