#include "proactor/uring_ring.hpp"

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>

#include "shared/server/server.hpp"

namespace iolab::proactor {
namespace {

unsigned setup_flags(UringSetup setup) {
  switch (setup) {
    case UringSetup::defer:
      return IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    case UringSetup::coop:
      return IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG;
    case UringSetup::none:
      break;
  }
  return 0;
}

std::string likely_cause(int error, unsigned entries) {
  switch (error) {
    case EPERM: {
      std::ifstream file("/proc/sys/kernel/io_uring_disabled");
      if (char disabled = '0'; file >> disabled && disabled != '0') {
        return std::string("sysctl kernel.io_uring_disabled is ") + disabled;
      }
      return "a container's seccomp profile or a security module forbids it";
    }
    case ENOSYS:
      return "the kernel has none, or a container's seccomp profile hides it";
    case ENOMEM:
      return "a ring of " + std::to_string(entries) +
             " entries exceeds the limit of locked memory: raise ulimit -l or lower "
             "--uring-entries";
    case EINVAL:
      return "the kernel is too old for this set-up";
    default:
      return "unexpected";
  }
}

[[noreturn]] void throw_unavailable(int error, unsigned entries) {
  throw EngineUnavailable("io_uring refused: " + std::system_category().message(error) + " (" +
                          likely_cause(error, entries) + ")");
}

}  // namespace

std::optional<UringSetup> parse_uring_setup(std::string_view name) {
  if (name == "none") return UringSetup::none;
  if (name == "coop") return UringSetup::coop;
  if (name == "defer") return UringSetup::defer;
  return std::nullopt;
}

UringRing::UringRing(std::optional<UringSetup> asked_for, unsigned entries)
    : setup_(asked_for.value_or(UringSetup::defer)) {
  int result = io_uring_queue_init(entries, &ring_, setup_flags(setup_));
  // Flags unknown to an older kernel are the one thing it calls invalid here.
  while (!asked_for && result == -EINVAL && setup_ != UringSetup::none) {
    setup_ = static_cast<UringSetup>(static_cast<int>(setup_) - 1);
    result = io_uring_queue_init(entries, &ring_, setup_flags(setup_));
  }
  if (result < 0) throw_unavailable(-result, entries);
  // Spares the kernel looking the ring up by its descriptor in every call. Since 5.18; without it
  // all works the same, so a refusal does not matter.
  (void)io_uring_register_ring_fd(&ring_);
}

std::string_view UringRing::engine() const noexcept {
  switch (setup_) {
    case UringSetup::defer:
      return "io_uring";
    case UringSetup::coop:
      return "io_uring (coop)";
    case UringSetup::none:
      break;
  }
  return "io_uring (none)";
}

bool UringRing::supports(io_uring_op operation) noexcept {
  io_uring_probe* const probe = io_uring_get_probe_ring(&ring_);
  const bool known = probe && io_uring_opcode_supported(probe, operation) != 0;
  io_uring_free_probe(probe);
  return known;
}

io_uring_sqe& UringRing::next_submission() {
  if (backlog_.empty()) {
    if (io_uring_sqe* const entry = io_uring_get_sqe(&ring_)) return *entry;
    (void)io_uring_submit(&ring_);
    if (io_uring_sqe* const entry = io_uring_get_sqe(&ring_)) return *entry;
  }
  return backlog_.emplace_back();
}

void UringRing::submit_backlog() {
  while (!backlog_.empty()) {
    io_uring_sqe* const entry = io_uring_get_sqe(&ring_);
    if (!entry && io_uring_submit(&ring_) <= 0) return;
    if (!entry) continue;
    *entry = backlog_.front();
    backlog_.pop_front();
  }
}

void UringRing::submit_and_wait(std::chrono::nanoseconds timeout) {
  submit_backlog();
  int result = 0;
  if (timeout.count() < 0) {
    result = io_uring_submit_and_wait(&ring_, 1);
  } else {
    __kernel_timespec limit{.tv_sec = timeout.count() / 1'000'000'000,
                            .tv_nsec = timeout.count() % 1'000'000'000};
    io_uring_cqe* first = nullptr;
    result = io_uring_submit_and_wait_timeout(&ring_, &first, 1, &limit, nullptr);
  }
  // Out of memory (EAGAIN) or room for completions (EBUSY), the kernel takes the rest next time.
  const bool later = result == -EAGAIN || result == -EBUSY;
  if (result < 0 && result != -ETIME && result != -EINTR && !later) {
    throw std::system_error(-result, std::system_category(), "io_uring_enter");
  }
}

}  // namespace iolab::proactor
