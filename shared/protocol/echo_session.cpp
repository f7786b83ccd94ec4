#include "shared/protocol/echo_session.hpp"

#include "shared/protocol/work.hpp"

namespace iolab {

ProtocolResult EchoSession::received(ChunkPtr& input, std::size_t size) {
  work_.process();
  output_.append(input->room().first(size), input);
  output_.commit();
  return {.messages = 1};
}

}  // namespace iolab
