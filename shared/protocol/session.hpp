#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "shared/protocol/output_queue.hpp"

namespace iolab {

class Work;

enum class Protocol : std::uint8_t {
  echo,    ///< every byte comes back
  framed,  ///< a 4-byte big-endian length, then that many bytes; the reply is such a frame
};

struct ProtocolOptions {
  Protocol protocol = Protocol::echo;
  std::uint32_t max_frame = 1024 * 1024;  ///< longest payload accepted, in bytes
};

enum class ProtocolError : std::uint8_t { none, frame_too_long };

struct ProtocolResult {
  std::uint64_t messages = 0;  ///< completed by these bytes
  ProtocolError error = ProtocolError::none;
};

/// What one connection says, whoever performs its I/O: bytes in, bytes out, no socket.
/// Not synchronised: one thread at a time.
class Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  virtual ~Session() = default;

  /// Consumes the first `size` bytes of `input`, at least one. It may keep the chunk, to send the
  /// bytes from where they are; `input` is null then. After an error the session takes no more
  /// input; what is pending may still be sent. Throws std::bad_alloc.
  [[nodiscard]] virtual ProtocolResult received(ChunkPtr& input, std::size_t size) = 0;

  /// All that is to be sent. The bytes stay where they are, unchanged, until sent(), even while
  /// received() is called: a completion engine may have lent them to the kernel.
  [[nodiscard]] BufferSequence pending_output() const noexcept { return output_.pending(); }

  /// The first `n` bytes of pending_output() were sent. `kept`: see OutputQueue::consume().
  void sent(std::size_t n, ChunkPtr* kept = nullptr) noexcept { output_.consume(n, kept); }

  /// See OutputQueue::lend_front().
  std::size_t lend_front() noexcept { return output_.lend_front(); }

  /// All that waits to be sent: what backpressure compares with its limit.
  [[nodiscard]] std::size_t pending_bytes() const noexcept { return output_.pending_bytes(); }

 protected:
  OutputQueue output_;
};

/// A session of the chosen protocol. `work` must outlive it.
[[nodiscard]] std::unique_ptr<Session> make_session(const ProtocolOptions& options, Work& work);

}  // namespace iolab
