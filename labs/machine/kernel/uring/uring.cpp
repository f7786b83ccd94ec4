#include "machine/kernel/uring/uring.hpp"

#include <algorithm>
#include <numeric>

namespace lab {
namespace {

bool uses_memory(unsigned opcode) {
  return opcode == IORING_OP_RECV || opcode == IORING_OP_READ || opcode == IORING_OP_SEND ||
         opcode == IORING_OP_WRITE;
}

}  // namespace

std::span<std::byte> UringRequest::memory() const {
  if (!uses_memory(entry.opcode)) return {};
  return {reinterpret_cast<std::byte*>(entry.addr), entry.len};
}

Uring::Uring(unsigned submissions, unsigned completions, unsigned setup_flags)
    : Descriptor("an io_uring", false),
      setup_flags_(setup_flags),
      submission_{.mask = submissions - 1, .entries = submissions},
      completion_{.mask = completions - 1, .entries = completions},
      array_(submissions),
      entries_(submissions),
      results_(completions) {
  std::iota(array_.begin(), array_.end(), 0U);
}

void Uring::show_to(io_uring& program) {
  program.sq.khead = &submission_.head;
  program.sq.ktail = &submission_.tail;
  program.sq.kring_mask = &submission_.mask;
  program.sq.kring_entries = &submission_.entries;
  program.sq.kflags = &submission_.flags;
  program.sq.kdropped = &submission_.lost;
  program.sq.array = array_.data();
  program.sq.sqes = entries_.data();
  program.sq.ring_mask = submission_.mask;
  program.sq.ring_entries = submission_.entries;
  program.cq.khead = &completion_.head;
  program.cq.ktail = &completion_.tail;
  program.cq.kring_mask = &completion_.mask;
  program.cq.kring_entries = &completion_.entries;
  program.cq.kflags = &completion_.flags;
  program.cq.koverflow = &completion_.lost;
  program.cq.cqes = results_.data();
  program.cq.ring_mask = completion_.mask;
  program.cq.ring_entries = completion_.entries;
  program.flags = setup_flags_;
  program.features = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE |
                     IORING_FEAT_FAST_POLL | IORING_FEAT_EXT_ARG | IORING_FEAT_CQE_SKIP;
}

std::optional<std::chrono::nanoseconds> Uring::next_alarm() const {
  std::optional<std::chrono::nanoseconds> next;
  for (const UringRequest& request : in_flight) {
    if (request.deadline && (!next || *request.deadline < *next)) next = request.deadline;
  }
  return next;
}

io_uring_sqe Uring::take() {
  return entries_[submission_.head++ & submission_.mask];
}

void Uring::complete(std::uint64_t user_data, int result, unsigned flags) {
  ++completed_;
  edge();
  overflow_.push_back({user_data, result, flags});
  flush();
}

bool Uring::flush() {
  while (!overflow_.empty() && completions() < completion_.entries) {
    results_[completion_.tail++ & completion_.mask] = overflow_.front();
    overflow_.pop_front();
  }
  submission_.flags = overflow_.empty() ? 0 : IORING_SQ_CQ_OVERFLOW;
  return overflow_.empty();
}

const UringRequest* Uring::in_flight_on(const Descriptor& file) const {
  const auto found = std::ranges::find_if(
      in_flight, [&](const UringRequest& request) { return request.file.get() == &file; });
  return found == in_flight.end() ? nullptr : &*found;
}

const UringRequest* Uring::in_flight_with(std::span<const std::byte> memory) const {
  const auto found = std::ranges::find_if(in_flight, [&](const UringRequest& request) {
    const std::span<const std::byte> lent = request.memory();
    return lent.data() < memory.data() + memory.size() && memory.data() < lent.data() + lent.size();
  });
  return found == in_flight.end() ? nullptr : &*found;
}

const UringRequest* Uring::borrower() const {
  const auto found = std::ranges::find_if(
      in_flight, [](const UringRequest& request) { return !request.memory().empty(); });
  return found == in_flight.end() ? nullptr : &*found;
}

}  // namespace lab
