// io_uring: making a ring, entering it, closing it.
#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "machine/kernel/system_calls.hpp"
#include "machine/kernel/uring/uring.hpp"
#include "machine/story/story.hpp"

namespace lab {
namespace {

constexpr unsigned most_entries = 32768;  // as in Linux
constexpr std::size_t most_told_entries = 6;

struct SetupFlag {
  unsigned bit;
  const char* name;
};
constexpr std::array setup_flags{SetupFlag{IORING_SETUP_CQSIZE, "CQSIZE"},
                                 SetupFlag{IORING_SETUP_CLAMP, "CLAMP"},
                                 SetupFlag{IORING_SETUP_SUBMIT_ALL, "SUBMIT_ALL"},
                                 SetupFlag{IORING_SETUP_COOP_TASKRUN, "COOP_TASKRUN"},
                                 SetupFlag{IORING_SETUP_TASKRUN_FLAG, "TASKRUN_FLAG"},
                                 SetupFlag{IORING_SETUP_SINGLE_ISSUER, "SINGLE_ISSUER"},
                                 SetupFlag{IORING_SETUP_DEFER_TASKRUN, "DEFER_TASKRUN"}};

void tell(const std::string& sentence) {
  Story::current().step(sentence);
}

std::string text_of_flags(unsigned flags) {
  std::string text;
  for (const SetupFlag& flag : setup_flags) {
    if ((flags & flag.bit) != 0) text += (text.empty() ? ", " : "|") + std::string(flag.name);
    flags &= ~flag.bit;
  }
  return flags == 0 ? text : text + ", and flags that are not simulated";
}

bool are_simulated(unsigned flags) {
  for (const SetupFlag& flag : setup_flags) flags &= ~flag.bit;
  return flags == 0;
}

// What Linux takes for a mistake.
bool is_valid(unsigned entries, const io_uring_params& wish) {
  const auto has = [&](unsigned flag) { return (wish.flags & flag) != 0; };
  if (entries == 0 || (entries > most_entries && !has(IORING_SETUP_CLAMP))) return false;
  if (has(IORING_SETUP_DEFER_TASKRUN) && !has(IORING_SETUP_SINGLE_ISSUER)) return false;
  return !has(IORING_SETUP_CQSIZE) || wish.cq_entries >= entries;
}

// A call of a ring waits: no other may begin.
class Entered {
 public:
  explicit Entered(bool& entered) : entered_(entered) { entered_ = true; }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;
  ~Entered() { entered_ = false; }

 private:
  bool& entered_;
};

}  // namespace

int SystemCalls::make_uring(unsigned entries, io_uring& program, io_uring_params& wish) {
  begin("io_uring_setup", "io_uring_setup", MayThrow::no);
  const std::string sentence =
      "your io_uring_queue_init(" + std::to_string(entries) + text_of_flags(wish.flags) + ")";
  int error = ordered_error("io_uring_setup");
  const bool known = are_simulated(wish.flags) && (wish.flags & ~kernel_.known_setup_flags_) == 0;
  if (error == 0 && (!known || !is_valid(entries, wish))) error = EINVAL;
  if (error != 0) {
    tell(sentence + ": " + strerrorname_np(error));
    return -error;
  }
  wish.sq_entries = std::bit_ceil(std::min(entries, most_entries));
  const bool sized = (wish.flags & IORING_SETUP_CQSIZE) != 0;
  wish.cq_entries = sized ? std::bit_ceil(wish.cq_entries) : 2 * wish.sq_entries;
  const auto ring = std::make_shared<Uring>(wish.sq_entries, wish.cq_entries, wish.flags);
  ring->show_to(program);
  wish.features = program.features;
  program.ring_fd = program.enter_ring_fd = kernel_.open(ring);
  tell(sentence + ": descriptor " + std::to_string(program.ring_fd));
  return 0;
}

int SystemCalls::enter_uring(const char* call, int number, const UringEnter& wish) {
  const MayThrow may_throw = wish.wait_for > 0 ? MayThrow::yes : MayThrow::no;
  begin(call, "io_uring_enter", may_throw);
  const auto ring = find_as<Uring>(call, number, may_throw, EOPNOTSUPP);
  if (!ring) return -errno;
  if (ring->is_entered) {
    violation("one thread uses a ring, and no signal handler does",
              std::string(call) + "() is called while another call of the ring waits", may_throw);
    return -EEXIST;
  }
  const int error = ordered_error("io_uring_enter");
  if (error != 0 && error != EINTR) return refuse_to_enter(call, error);
  if (!ring->flush() && wish.submit > 0) return refuse_to_enter(call, EBUSY);
  const unsigned taken = take_entries(call, *ring, wish.submit);
  if (taken < wish.submit) return static_cast<int>(taken);
  if (error == EINTR) return taken > 0 ? static_cast<int>(taken) : refuse_to_enter(call, EINTR);
  if (!wish.completions) {
    let_uring_complete(number);
    return static_cast<int>(taken);
  }
  const bool came = wait_for_completions(call, *ring, wish);
  if (taken > 0) return static_cast<int>(taken);
  if (!ring->flush()) return refuse_to_enter(call, EBUSY);
  return came ? 0 : -ETIME;
}

int SystemCalls::refuse_to_enter(const char* call, int error) {
  tell("your " + std::string(call) + "(): " + strerrorname_np(error));
  return -error;
}

unsigned SystemCalls::take_entries(const char* call, Uring& ring, unsigned number) {
  if (number == 0) return 0;
  if (kernel_.capricious_ && number > 1 && kernel_.random_up_to(4) == 1) {
    number = static_cast<unsigned>(kernel_.random_up_to(number));
  }
  std::vector<UringRequest> requests;
  std::string sentence = "your " + std::string(call) + "(): ";
  for (unsigned i = 0; i < number; ++i) {
    requests.push_back(read_entry(ring, ring.take()));
    if (i < most_told_entries) sentence += (i == 0 ? "" : ", ") + requests.back().what;
  }
  if (number > most_told_entries) {
    sentence += " and " + count_of(number - most_told_entries, "other");
  }
  tell(sentence);
  // What is linked to an entry begins when that one has succeeded.
  std::vector<UringRequest> chain;
  for (UringRequest& request : requests) {
    chain.push_back(std::move(request));
    const bool goes_on = (chain.back().entry.flags & IOSQE_IO_LINK) != 0;
    if (goes_on && &request != &requests.back()) continue;
    UringRequest first = std::move(chain.front());
    first.behind.assign(std::make_move_iterator(chain.begin() + 1),
                        std::make_move_iterator(chain.end()));
    chain.clear();
    start(ring, std::move(first));
  }
  return number;
}

bool SystemCalls::wait_for_completions(const char* call, Uring& ring, const UringEnter& wish) {
  if (wish.unsubmitted > 0) {
    tell("your " + std::string(call) + "() leaves " + count_of(wish.unsubmitted, "operation") +
         " that nobody has submitted");
  }
  const Entered entered(ring.is_entered);
  bool came = true;
  const auto are_there = [&] {
    complete_what_can_be(ring, wish.wait_for);
    return ring.completions() >= wish.wait_for || ring.overflows();
  };
  came = wish.wait_for == 0 ? are_there() : wait_for_any(call, wish.timeout, are_there);
  tell("your " + std::string(call) + "(): " + count_of(ring.completions(), "completion"));
  return came;
}

void SystemCalls::let_uring_complete(int number) {
  const auto found = kernel_.descriptors_.find(number);
  if (found == kernel_.descriptors_.end()) return;
  auto* const ring = dynamic_cast<Uring*>(found->second.get());
  if (ring && !ring->defers()) complete_what_can_be(*ring, 0);
}

void SystemCalls::close_uring(int number) {
  begin("io_uring_queue_exit", "io_uring_queue_exit", MayThrow::no);
  const auto ring = find_as<Uring>("io_uring_queue_exit", number, MayThrow::no, EBADF);
  if (!ring) return;
  tell("your io_uring_queue_exit()");
  if (const UringRequest* const borrower = ring->borrower()) {
    violation("a ring is closed when the kernel has given back all memory",
              "the " + borrower->what + " is in flight; it is cancelled only after a while",
              MayThrow::no);
  }
  kernel_.closed_[number] = ring->name();
  kernel_.descriptors_.erase(number);
}

}  // namespace lab
