#include "proactor/multishot/socket_operations.hpp"

#include <sys/socket.h>

#include "shared/server/server.hpp"

namespace iolab::proactor::multishot {
namespace {

// Newer than liburing 2.3. The names are the kernel's, from include/uapi/linux/io_uring.h.
constexpr std::uint16_t recvsend_bundle = 1U << 4;         // IORING_RECVSEND_BUNDLE
constexpr unsigned feat_recvsend_bundle = 1U << 14;        // IORING_FEAT_RECVSEND_BUNDLE
constexpr std::uint16_t send_zc_report_usage = 1U << 3;    // IORING_SEND_ZC_REPORT_USAGE
constexpr std::uint32_t notif_usage_zc_copied = 1U << 31;  // IORING_NOTIF_USAGE_ZC_COPIED
constexpr unsigned feat_reg_reg_ring = 1U << 13;           // IORING_FEAT_REG_REG_RING, of 6.3

bool wants_bundles(const UringRing& ring, const ServerOptions& options) {
  if (options.uring_receive != "bundle") return false;
  if ((ring.features() & feat_recvsend_bundle) == 0) {
    throw EngineUnavailable("--uring-receive bundle needs Linux 6.10: leave it out on this kernel");
  }
  return true;
}

std::size_t checked_zero_copy(UringRing& ring, const ServerOptions& options) {
  if (options.zero_copy_memory == "registered" && options.zero_copy_from == 0) {
    throw UsageError("--zero-copy-memory registered does nothing without --zero-copy-from SIZE");
  }
  if (options.zero_copy_from != 0 && !ring.supports(IORING_OP_SEND_ZC)) {
    throw EngineUnavailable("--zero-copy-from needs Linux 6.0: leave it out on this kernel");
  }
  return options.zero_copy_from;
}

}  // namespace

SocketOperations::SocketOperations(UringRing& ring, Service& service)
    : statistics_(service.statistics),
      bundles_(wants_bundles(ring, service.options)),
      zero_copy_from_(checked_zero_copy(ring, service.options)),
      most_lent_(service.options.output_limit),
      buffers_(ring, service.options.provided_buffers, service.options.read_size) {
  const ServerOptions& options = service.options;
  // Known since 6.2; no feature of its own says so.
  if ((ring.features() & feat_reg_reg_ring) != 0) zero_copy_flags_ = send_zc_report_usage;
  if (options.uring_files == "registered") files_ = std::make_unique<RegisteredFiles>(ring);
  if (options.zero_copy_memory == "registered") {
    chunks_ = std::make_unique<RegisteredChunks>(ring, options.largest_read);
  }
}

void SocketOperations::opened(Handle socket) noexcept {
  if (files_) files_->add(socket);
}

void SocketOperations::closing(Handle socket) noexcept {
  if (files_) files_->remove(socket);
}

void SocketOperations::receive_on(io_uring_sqe& entry, Handle socket) noexcept {
  io_uring_prep_recv_multishot(&entry, socket, nullptr, 0, 0);
  entry.flags |= IOSQE_BUFFER_SELECT;
  entry.buf_group = UringBuffers::group;
  if (bundles_) entry.ioprio |= recvsend_bundle;
  if (files_) files_->use(entry);
}

void SocketOperations::receive(io_uring_sqe& entry, Handle socket, Chunk& chunk) noexcept {
  io_uring_prep_recv(&entry, socket, chunk.bytes(), chunk.capacity, 0);
  if (files_) files_->use(entry);
}

void SocketOperations::send(io_uring_sqe& entry, Handle socket, const BufferSequence& bytes,
                            const LentOutput& lent) noexcept {
  const bool may_lend = lent.bytes() <= most_lent_;
  if (!may_lend || !send_without_copy(entry, socket, bytes.front())) {
    vectored_sends_.prepare(entry, socket, bytes);
  }
  if (files_) files_->use(entry);
}

// One piece: what follows it goes with the next send.
bool SocketOperations::send_without_copy(io_uring_sqe& entry, Handle socket,
                                         BufferSequence::Piece piece) noexcept {
  if (zero_copy_from_ == 0 || piece.size() < zero_copy_from_) return false;
  io_uring_prep_send_zc(&entry, socket, piece.data(), piece.size(), MSG_NOSIGNAL, zero_copy_flags_);
  if (chunks_ && chunks_->contain(piece)) {
    entry.ioprio |= IORING_RECVSEND_FIXED_BUF;
    entry.buf_index = RegisteredChunks::index;
  }
  return true;
}

bool SocketOperations::make_room(ChunkPtr& chunk, const Conversation& conversation) noexcept {
  if (chunks_ && conversation.read_size() == chunks_->size()) {
    if (!chunk || chunk->owner != chunks_.get()) chunk = chunks_->take();
    if (chunk) return true;
  }
  return conversation.make_room(chunk);
}

void SocketOperations::note_release(const io_uring_cqe& completion) noexcept {
  const bool copied = (static_cast<std::uint32_t>(completion.res) & notif_usage_zc_copied) != 0;
  statistics_.zero_copy_send(copied);
}

}  // namespace iolab::proactor::multishot
