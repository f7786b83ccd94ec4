#include "shared/server/ticker.hpp"

namespace iolab {

Ticker::Clock::time_point Ticker::now() noexcept {
  return Clock::now();
}

}  // namespace iolab
