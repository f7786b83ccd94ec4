#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "proactor/proactor.hpp"
#include "tests/contract/simulated_kernel.hpp"

namespace iolab::proactor {

/// The third engine: performs operations on a SimulatedKernel, as late, as short, as wrongly and
/// in as strange an order as the interface allows. Every operation is performed at some random time
/// and its completion delivered at some later one; a short send ends anywhere in its pieces; a
/// cancel works at some random time, so it wins or loses. Calls misuse() where an Initiator breaks
/// the contract: a second operation of one kind on a handle, a handle not associated, memory
/// touched while it is lent, or lent once more to be received to.
class SimulatedProactor final : public Proactor {
 public:
  /// On SimulatedKernel::current().
  SimulatedProactor();

  [[nodiscard]] std::string_view engine() const noexcept override { return "simulation"; }
  void associate(Handle handle) override;
  void dissociate(Handle handle) noexcept override;
  void cancel(AsyncOperation& operation) noexcept override;
  void handle_events(std::chrono::nanoseconds timeout) override;
  void wake_up() noexcept override { woken_ = true; }

 private:
  struct Submission {
    AsyncOperation* operation;
    std::string lent;            // what the buffer held then
    bool tried_in_vain = false;  // waits for its socket to change
  };
  using Serial = std::uint64_t;

  void start(AsyncOperation& operation) noexcept override;
  void expect_lent_once(const AsyncOperation& operation) const noexcept;
  void try_later(Serial serial);
  void attempt(Serial serial);
  void attempt_cancel(Serial serial);
  void wait_for_change(Handle handle);
  [[nodiscard]] bool perform(AsyncOperation& operation);
  [[nodiscard]] bool accept(AsyncOperation& operation);
  [[nodiscard]] bool transfer(AsyncOperation& operation);
  [[nodiscard]] std::size_t shortened(const AsyncOperation& operation, std::size_t most);
  void finished(Serial serial);
  void count(const AsyncOperation& operation);

  SimulatedKernel& kernel_;
  std::map<Serial, Submission> submissions_;  // not yet performed; a serial is never used again
  Serial last_serial_ = 0;
  std::vector<AsyncOperation*> completed_;
  std::vector<const AsyncOperation*> in_flight_;  // until their handlers are called
  std::set<const std::byte*> received_to_;        // where buffers begin
  bool woken_ = false;
};

}  // namespace iolab::proactor
