#pragma once

#include "shared/protocol/session.hpp"

namespace iolab {

/// Sends back what it receives. A message is what one call of received() brought.
class EchoSession final : public Session {
 public:
  explicit EchoSession(Work& work) noexcept : work_(work) {}
  [[nodiscard]] ProtocolResult received(ChunkPtr& input, std::size_t size) override;

 private:
  Work& work_;
};

}  // namespace iolab
