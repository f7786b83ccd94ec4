#pragma once

#include <memory>

#include "proactor/multishot/lent_output.hpp"
#include "proactor/multishot/registered_chunks.hpp"
#include "proactor/multishot/registered_files.hpp"
#include "proactor/multishot/uring_buffers.hpp"
#include "proactor/vectored_sends.hpp"
#include "shared/protocol/conversation.hpp"
#include "shared/server/service.hpp"

namespace iolab::proactor::multishot {

/// How the operations on a connection's socket are submitted: the ways that io_uring offers beyond
/// the plain one are chosen here, each by an option, and nobody else knows them.
class SocketOperations {
 public:
  /// `ring` must outlive it. Throws EngineUnavailable if the kernel lacks what an option asks for.
  SocketOperations(UringRing& ring, Service& service);

  /// To be called for a socket before its first operation, and before it is closed.
  void opened(Handle socket) noexcept;
  void closing(Handle socket) noexcept;

  /// A receive that goes on, into provided buffers.
  void receive_on(io_uring_sqe& entry, Handle socket) noexcept;
  /// One receive into a chunk.
  void receive(io_uring_sqe& entry, Handle socket, Chunk& chunk) noexcept;
  /// One send, which may be short. Without a copy only while little is `lent`, so that memory is
  /// bounded.
  void send(io_uring_sqe& entry, Handle socket, const BufferSequence& bytes,
            const LentOutput& lent) noexcept;

  /// Whether a receive for so many bytes should rather be a receive into a chunk, and the chunk.
  [[nodiscard]] bool is_bulk(std::size_t read_size) const noexcept {
    return !bundles_ && read_size > buffers_.size();
  }
  [[nodiscard]] bool make_room(ChunkPtr& chunk, const Conversation& conversation) noexcept;

  /// Calls `consume(chunk, size)` for what a receive_on() brought.
  template <class Consume>
  void consume(const io_uring_cqe& completion, Consume consume) {
    buffers_.consume(completion, consume);
  }

  /// The last completion of a zero-copy send: it says whether the copy was really saved.
  void note_release(const io_uring_cqe& completion) noexcept;

  /// To be called when the kernel has taken every submission.
  void all_submitted() noexcept { vectored_sends_.clear(); }

 private:
  [[nodiscard]] bool send_without_copy(io_uring_sqe& entry, Handle socket,
                                       BufferSequence::Piece piece) noexcept;

  Statistics& statistics_;
  bool bundles_;
  std::size_t zero_copy_from_;  // bytes in one piece; 0: never
  std::size_t most_lent_;       // bytes of one connection
  std::uint16_t zero_copy_flags_ = 0;
  VectoredSends vectored_sends_;
  std::unique_ptr<RegisteredFiles> files_;    // null: not asked for
  std::unique_ptr<RegisteredChunks> chunks_;  // null: not asked for
  UringBuffers buffers_;
};

}  // namespace iolab::proactor::multishot
