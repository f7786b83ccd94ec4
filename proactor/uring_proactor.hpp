#pragma once

#include "proactor/proactor.hpp"
#include "proactor/uring_ring.hpp"
#include "proactor/vectored_sends.hpp"
#include "shared/net/wake_up.hpp"

namespace iolab::proactor {

/// The native engine: the kernel is the Asynchronous Operation Processor, the submission queue
/// takes operations, the completion queue is POSA2's Completion Event Queue.
class UringProactor final : public Proactor {
 public:
  /// Throws EngineUnavailable or std::system_error.
  UringProactor(std::optional<UringSetup> setup, unsigned entries);

  [[nodiscard]] std::string_view engine() const noexcept override { return ring_.engine(); }
  void associate(Handle handle) override;
  void dissociate(Handle) noexcept override {}
  void cancel(AsyncOperation& operation) noexcept override;
  void handle_events(std::chrono::nanoseconds timeout) override;
  void wake_up() noexcept override { wake_up_.notify(); }

 private:
  void start(AsyncOperation& operation) noexcept override;
  void watch_wake_up() noexcept;
  void finish(const io_uring_cqe& completion);

  UringRing ring_;
  VectoredSends vectored_sends_;
  WakeUp wake_up_;
};

}  // namespace iolab::proactor
