// io_uring: the life of a request, from the entry that asks for it to its completion.
#include <algorithm>
#include <cerrno>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "machine/kernel/system_calls.hpp"
#include "machine/kernel/uring/uring.hpp"
#include "machine/story/story.hpp"

namespace lab {

UringRequest SystemCalls::read_entry(const Uring& ring, const io_uring_sqe& entry) {
  UringRequest request;
  request.entry = entry;
  const char* const name = request.name();
  request.what = name ? name : "operation " + std::to_string(entry.opcode);
  if (entry.opcode == IORING_OP_TIMEOUT) {
    const auto* const time = reinterpret_cast<const __kernel_timespec*>(entry.addr);
    request.deadline = kernel_.now() + std::chrono::seconds(time->tv_sec) +
                       std::chrono::nanoseconds(time->tv_nsec);
    if (entry.off > 0) request.last_completion = ring.completed() + entry.off;
  }
  if (!name || !request.has_file()) return request;
  if (request.sends()) request.what += " of " + count_of(entry.len, "byte");
  request.what += " on " + kernel_.label(entry.fd);
  const auto found = kernel_.descriptors_.find(entry.fd);
  if (found != kernel_.descriptors_.end()) request.file = found->second;
  if (request.sends()) request.output = text_of(request.memory());
  return request;
}

void SystemCalls::expect_sound(const UringRequest& request) {
  if (!request.is_simulated()) {
    violation("an entry asks for what the simulated kernel knows",
              "the " + request.what + ", or one of its flags, is not simulated", MayThrow::no);
  } else if (request.has_file() && !request.file) {
    violation("an entry names an open descriptor", "the " + request.what + " does not",
              MayThrow::no);
  } else if (!request.memory().empty() && is_on_stack(request.memory().data())) {
    violation("memory that the kernel is lent lasts until the operation is complete",
              "that of the " + request.what + " is a local variable, which ends with its function",
              MayThrow::no);
  }
}

void SystemCalls::start(Uring& ring, UringRequest request) {
  expect_sound(request);
  if (!request.is_simulated()) return finish(ring, std::move(request), -EINVAL);
  if (request.has_file() && !request.file) return finish(ring, std::move(request), -EBADF);
  // Now and then the kernel's first attempt is a later one.
  const bool later = kernel_.capricious_ && (request.sends() || request.receives()) &&
                     kernel_.random_up_to(4) == 1;
  if (!later) {
    if (const auto result = attempt(ring, request)) {
      return finish(ring, std::move(request), *result);
    }
  }
  if (request.receives()) {
    request.loan = std::make_unique<Loan>(request.memory().subspan(request.done));
  }
  ring.in_flight.push_back(std::move(request));
}

void SystemCalls::finish(Uring& ring, UringRequest request, int result) {
  request.loan.reset();
  const bool silent = (request.entry.flags & IOSQE_CQE_SKIP_SUCCESS) != 0 && result >= 0;
  if (!silent) ring.complete(request.entry.user_data, result);
  if (request.behind.empty()) return;
  UringRequest next = std::move(request.behind.front());
  next.behind.assign(std::make_move_iterator(request.behind.begin() + 1),
                     std::make_move_iterator(request.behind.end()));
  if (result >= 0) return start(ring, std::move(next));
  Story::current().step("the kernel's " + next.what +
                        ": ECANCELED, as it was linked to what has failed");
  finish(ring, std::move(next), -ECANCELED);
}

void SystemCalls::complete_what_can_be(Uring& ring, unsigned enough) {
  std::vector<std::list<UringRequest>::iterator> order;
  for (auto next = ring.in_flight.begin(); next != ring.in_flight.end(); ++next) {
    order.push_back(next);
  }
  if (kernel_.capricious_) std::ranges::shuffle(order, kernel_.random_);
  for (const auto& one : order) {
    if (kernel_.capricious_ && ring.completions() >= enough && kernel_.random_up_to(4) == 1) return;
    const auto result = attempt(ring, *one);
    if (!result) continue;
    UringRequest request = std::move(*one);
    ring.in_flight.erase(one);
    finish(ring, std::move(request), *result);
  }
}

}  // namespace lab
