#pragma once

#include <cstdint>

#include "proactor/multishot/socket_operations.hpp"
#include "proactor/uring_ring.hpp"
#include "shared/server/connection_manager.hpp"
#include "shared/server/server_worker.hpp"
#include "shared/server/ticker.hpp"

namespace iolab::proactor::multishot {

class Worker;

/// What a completion belongs to: the kind in the low bits of an address, which says whose.
enum class Kind : std::uint8_t { none, accept, stop, receive, send, cancel };
inline constexpr std::uint64_t kind_bits = 7;

inline std::uint64_t tag(const void* owner, Kind kind) {
  return reinterpret_cast<std::uintptr_t>(owner) | static_cast<std::uint64_t>(kind);
}

/// Whether the multishot has ended with this completion.
inline bool is_last(const io_uring_cqe& completion) {
  return (completion.flags & IORING_CQE_F_MORE) == 0;
}

/// POSA2's Acceptor: accepts new connections and passes each to the worker.
class Acceptor final {
 public:
  Acceptor(Worker& worker, UniqueHandle listener);

  void handle_event(const io_uring_cqe& accept);
  void resume();
  void close();
  [[nodiscard]] bool is_closed() const { return !listener_; }

 private:
  Worker& worker_;
  UniqueHandle listener_;
  bool accepting_ = false;
};

/// Accepts, ticks and stops: one thread's ring and its buffers, with its listener and connections.
class Worker final : public ServerWorker {
 public:
  Worker(Service& service, UniqueHandle listener);

  [[nodiscard]] static std::vector<std::string_view> own_options() {
    return {"uring-setup",   "uring-entries",  "provided-buffers", "uring-files",
            "uring-receive", "zero-copy-from", "zero-copy-memory"};
  }
  [[nodiscard]] std::string_view engine() const override { return ring_.engine(); }
  void run() override;

  /// An entry to fill in; its completion will come with its tag.
  [[nodiscard]] io_uring_sqe& submission() { return ring_.next_submission(); }
  void cancel(std::uint64_t what, std::uint64_t own_tag = 0);
  [[nodiscard]] ConnectionManager& connections() { return connections_; }
  [[nodiscard]] SocketOperations& operations() { return operations_; }
  /// Makes a connection of an accepted handle, if there is room.
  void serve(UniqueHandle handle);
  void pause_accepting();

 private:
  /// Hands every completion to whom it belongs.
  void handle_completions();
  void hear_stop();
  void tick();
  void stop();

  Service& service_;
  UringRing ring_;
  SocketOperations operations_;
  ConnectionManager connections_;
  Acceptor acceptor_;
  Ticker ticker_;
};

}  // namespace iolab::proactor::multishot
