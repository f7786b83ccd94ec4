#include "shared/protocol/echo_session.hpp"
#include "shared/protocol/framed_session.hpp"
#include "shared/protocol/session.hpp"

namespace iolab {

std::unique_ptr<Session> make_session(const ProtocolOptions& options, Work& work) {
  if (options.protocol == Protocol::echo) return std::make_unique<EchoSession>(work);
  return std::make_unique<FramedSession>(options.max_frame, work);
}

}  // namespace iolab
