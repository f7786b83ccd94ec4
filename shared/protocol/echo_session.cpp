#include "shared/protocol/echo_session.hpp"

#include "shared/protocol/work.hpp"

namespace iolab {

ProtocolResult EchoSession::received(std::span<const std::byte> bytes) {
  work_.process();
  output_.append(bytes);
  output_.commit();
  return {.messages = 1};
}

}  // namespace iolab
