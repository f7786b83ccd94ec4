#pragma once

#include <liburing.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "machine/kernel/descriptors.hpp"
#include "machine/kernel/uring/loan.hpp"

namespace lab {

/// One entry of a submission queue that the kernel has taken.
struct UringRequest {
  io_uring_sqe entry{};
  std::shared_ptr<Descriptor> file;  ///< stays, even if the program closes its number
  std::string what;                  ///< such as "receive on 101 (alice's connection)"
  std::string output;                ///< send: the bytes as they were when it was submitted
  std::size_t done = 0;              ///< with MSG_WAITALL: bytes so far
  std::unique_ptr<Loan> loan;        ///< receive: of what is still to be filled
  std::uint64_t seen_edge = 0;       ///< multishot poll: what was reported already
  std::optional<std::chrono::nanoseconds> deadline;  ///< timeout
  std::optional<std::uint64_t> last_completion;      ///< timeout: the number it waits for
  std::optional<int> verdict;                        ///< how it ends, after a cancel
  std::vector<UringRequest> behind;                  ///< linked to it

  /// Such as "receive"; null if the operation is not simulated.
  [[nodiscard]] const char* name() const;
  /// The operation, and all that its entry asks for beside it.
  [[nodiscard]] bool is_simulated() const;
  [[nodiscard]] bool has_file() const;
  [[nodiscard]] bool sends() const;
  [[nodiscard]] bool receives() const;
  /// The program's memory that the kernel reads or writes.
  [[nodiscard]] std::span<std::byte> memory() const;
};

/// An io_uring: two queues in memory that the program reads and writes as well, and the requests
/// in flight. The program's pointers are good until its descriptor is closed.
class Uring final : public Descriptor {
 public:
  Uring(unsigned submissions, unsigned completions, unsigned setup_flags);

  /// As mmap() does: shows the queues to the program.
  void show_to(io_uring& program);

  [[nodiscard]] std::uint32_t ready() const override { return completions() > 0 ? EPOLLIN : 0U; }
  [[nodiscard]] std::optional<std::chrono::nanoseconds> next_alarm() const override;

  /// Requests are completed only inside a call that asks for completions.
  [[nodiscard]] bool defers() const { return (setup_flags_ & IORING_SETUP_DEFER_TASKRUN) != 0; }

  /// The oldest entry that the program has submitted and the kernel has not taken.
  io_uring_sqe take();

  /// One more completion: in the queue or, if that is full, behind it.
  void complete(std::uint64_t user_data, int result, unsigned flags = 0);
  /// Moves what lies behind into the queue as far as there is room; false if something is left.
  bool flush();
  /// What the program has not yet marked as seen.
  [[nodiscard]] unsigned completions() const { return completion_.tail - completion_.head; }
  [[nodiscard]] bool overflows() const { return !overflow_.empty(); }
  [[nodiscard]] std::uint64_t completed() const { return completed_; }

  /// A request in flight that uses this file, or this memory; or null.
  [[nodiscard]] const UringRequest* in_flight_on(const Descriptor& file) const;
  [[nodiscard]] const UringRequest* in_flight_with(std::span<const std::byte> memory) const;
  /// A request in flight that uses any memory of the program.
  [[nodiscard]] const UringRequest* borrower() const;

  std::list<UringRequest> in_flight;
  bool is_entered = false;  ///< a call of it waits

 private:
  struct Queue {
    unsigned head = 0;
    unsigned tail = 0;
    unsigned mask;
    unsigned entries;
    unsigned flags = 0;
    unsigned lost = 0;
  };

  const unsigned setup_flags_;
  Queue submission_;
  Queue completion_;
  std::vector<unsigned> array_;
  std::vector<io_uring_sqe> entries_;
  std::vector<io_uring_cqe> results_;
  std::deque<io_uring_cqe> overflow_;
  std::uint64_t completed_ = 0;
};

}  // namespace lab
