// The floor on io_uring: the least code that can echo with it. One submission keeps accepting, one
// for each connection keeps receiving, and the reply goes out of the buffer that the kernel chose
// for the request: no sessions, no timeouts, no limits, no drain, and no copy. It needs Linux 6.1.
//
// Replies of one connection may be in flight together, which the kernel could reorder if the peer
// did not take them at once: a real server must not do this, the floor may, because measuring
// never gets there.

#include <liburing.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "experiments/baselines/floor_setup.hpp"

namespace {

using floor_setup::give_up;

constexpr unsigned entries = 4096;
constexpr unsigned buffer_count = 128;
constexpr std::size_t buffer_size = 16 * 1024;
// An odd number of cache lines apart, so that their beginnings do not compete for the same places.
constexpr std::size_t buffer_stride = buffer_size + 64;

std::array<std::byte, buffer_count * buffer_stride> memory;
std::array<std::uint32_t, buffer_count> unsent;  // bytes at the end of what was received
std::array<std::uint32_t, buffer_count> received;
io_uring ring;
io_uring_buf_ring* buffers;

/// What a submission is for: comes back with its completions.
struct Purpose {
  enum Kind : std::uint16_t { accept, receive, send } kind;
  std::uint16_t buffer;
  int peer;
};
static_assert(sizeof(Purpose) == sizeof(std::uint64_t));

io_uring_sqe* submission(Purpose purpose, void (*prepare)(io_uring_sqe*, Purpose)) {
  io_uring_sqe* entry = io_uring_get_sqe(&ring);
  while (!entry) {
    if (io_uring_submit(&ring) < 0) give_up("io_uring_submit");
    entry = io_uring_get_sqe(&ring);
  }
  prepare(entry, purpose);
  std::memcpy(&entry->user_data, &purpose, sizeof purpose);
  return entry;
}

void accept_from(int listener) {
  submission({Purpose::accept, 0, listener}, [](io_uring_sqe* entry, Purpose purpose) {
    io_uring_prep_multishot_accept(entry, purpose.peer, nullptr, nullptr, SOCK_CLOEXEC);
  });
}

void receive_from(int peer) {
  submission({Purpose::receive, 0, peer}, [](io_uring_sqe* entry, Purpose purpose) {
    io_uring_prep_recv_multishot(entry, purpose.peer, nullptr, 0, 0);
    entry->flags |= IOSQE_BUFFER_SELECT;
    entry->ioprio |= IORING_RECVSEND_POLL_FIRST;
  });
}

void send_to(int peer, std::uint16_t buffer) {
  submission({Purpose::send, buffer, peer}, [](io_uring_sqe* entry, Purpose purpose) {
    const std::uint16_t id = purpose.buffer;
    const std::byte* const end = &memory[id * buffer_stride] + received[id];
    io_uring_prep_send(entry, purpose.peer, end - unsent[id], unsent[id], MSG_NOSIGNAL);
  });
}

void give_back(std::uint16_t buffer) {
  io_uring_buf_ring_add(buffers, &memory[buffer * buffer_stride], buffer_size, buffer,
                        buffer_count - 1, 0);
  io_uring_buf_ring_advance(buffers, 1);
}

void accepted(const io_uring_cqe& completion, int listener) {
  if (completion.res >= 0) {
    floor_setup::configure(completion.res);
    receive_from(completion.res);
  }
  if ((completion.flags & IORING_CQE_F_MORE) == 0) accept_from(listener);
}

void received_from(const io_uring_cqe& completion, int peer) {
  if (completion.res > 0) {
    const auto buffer = static_cast<std::uint16_t>(completion.flags >> IORING_CQE_BUFFER_SHIFT);
    received[buffer] = unsent[buffer] = static_cast<std::uint32_t>(completion.res);
    send_to(peer, buffer);
  } else if (completion.res != -ENOBUFS) {
    ::close(peer);
    return;
  }
  if ((completion.flags & IORING_CQE_F_MORE) == 0) receive_from(peer);
}

void sent_to(const io_uring_cqe& completion, int peer, std::uint16_t buffer) {
  if (completion.res > 0) unsent[buffer] -= static_cast<std::uint32_t>(completion.res);
  if (completion.res > 0 && unsent[buffer] > 0) return send_to(peer, buffer);
  give_back(buffer);
}

void handle(const io_uring_cqe& completion) {
  Purpose purpose;
  std::memcpy(&purpose, &completion.user_data, sizeof purpose);
  switch (purpose.kind) {
    case Purpose::accept:
      return accepted(completion, purpose.peer);
    case Purpose::receive:
      return received_from(completion, purpose.peer);
    case Purpose::send:
      return sent_to(completion, purpose.peer, purpose.buffer);
  }
}

void set_up() {
  int result =
      io_uring_queue_init(entries, &ring, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
  if (result < 0) give_up(3, "io_uring refused", std::strerror(-result));
  (void)io_uring_register_ring_fd(&ring);
  void* const place = ::mmap(nullptr, buffer_count * sizeof(io_uring_buf), PROT_READ | PROT_WRITE,
                             MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
  if (place == MAP_FAILED) give_up("mmap");
  buffers = static_cast<io_uring_buf_ring*>(place);
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<std::uintptr_t>(place);
  registration.ring_entries = buffer_count;
  result = io_uring_register_buf_ring(&ring, &registration, 0);
  if (result < 0) give_up(3, "io_uring refused a ring of buffers", std::strerror(-result));
  for (std::uint16_t id = 0; id < buffer_count; ++id) give_back(id);
}

}  // namespace

int main(int argc, char** argv) {
  const int listener = floor_setup::listen_as_told(argc, argv);
  set_up();
  accept_from(listener);
  floor_setup::print_banner(listener, "io_uring", buffer_size);
  for (;;) {
    const int result = io_uring_submit_and_wait(&ring, 1);
    if (result < 0 && result != -EINTR) give_up(1, "io_uring_enter", std::strerror(-result));
    unsigned head = 0;
    unsigned count = 0;
    io_uring_cqe* completion = nullptr;
    io_uring_for_each_cqe(&ring, head, completion) {
      handle(*completion);
      ++count;
    }
    io_uring_cq_advance(&ring, count);
  }
}
