#include "machine/kernel/uring/uring.hpp"

#include <algorithm>
#include <numeric>

namespace lab {
const char* UringRequest::name() const {
  switch (entry.opcode) {
    case IORING_OP_NOP:
      return "nop";
    case IORING_OP_ACCEPT:
      return "accept";
    case IORING_OP_RECV:
      return "receive";
    case IORING_OP_READ:
      return "read";
    case IORING_OP_SEND:
      return "send";
    case IORING_OP_WRITE:
      return "write";
    case IORING_OP_POLL_ADD:
      return "poll";
    case IORING_OP_TIMEOUT:
      return "timeout";
    case IORING_OP_ASYNC_CANCEL:
      return "cancel";
    case IORING_OP_SHUTDOWN:
      return "shutdown";
    case IORING_OP_CLOSE:
      return "close";
    default:
      return nullptr;
  }
}

bool UringRequest::is_simulated() const {
  constexpr unsigned flags = IOSQE_IO_LINK | IOSQE_ASYNC | IOSQE_CQE_SKIP_SUCCESS;
  const bool one_shot = entry.ioprio == 0 || entry.ioprio == IORING_RECVSEND_POLL_FIRST;
  const bool relative = entry.opcode != IORING_OP_TIMEOUT || entry.timeout_flags == 0;
  return name() && (entry.flags & ~flags) == 0 && one_shot && relative;
}

bool UringRequest::has_file() const {
  return entry.opcode != IORING_OP_NOP && entry.opcode != IORING_OP_TIMEOUT &&
         entry.opcode != IORING_OP_ASYNC_CANCEL;
}

bool UringRequest::sends() const {
  return entry.opcode == IORING_OP_SEND || entry.opcode == IORING_OP_WRITE;
}

bool UringRequest::receives() const {
  return entry.opcode == IORING_OP_RECV || entry.opcode == IORING_OP_READ;
}

std::span<std::byte> UringRequest::memory() const {
  if (!sends() && !receives()) return {};
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
