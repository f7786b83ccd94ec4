#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <thread>

#include "shared/net/accept.hpp"
#include "shared/net/iovecs.hpp"
#include "shared/net/sockets.hpp"
#include "shared/net/wake_up.hpp"
#include "tests/unit/chunks.hpp"

namespace iolab {
namespace {

using namespace std::chrono_literals;

bool is_open(Handle handle) {
  return ::fcntl(handle, F_GETFD) >= 0;
}

/// Two connected sockets, non-blocking.
struct Pair {
  Pair() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    here.reset(ends[0]);
    there.reset(ends[1]);
  }
  UniqueHandle here;
  UniqueHandle there;
};

TEST(UniqueHandle, ClosesWhatItOwns) {
  Pair pair;
  const Handle handle = pair.here.get();
  pair.here.reset();
  EXPECT_FALSE(is_open(handle));
  EXPECT_FALSE(pair.here);
}

TEST(UniqueHandle, MovesOwnership) {
  Pair pair;
  const Handle handle = pair.here.get();
  UniqueHandle other(std::move(pair.here));
  EXPECT_EQ(other.get(), handle);
  EXPECT_TRUE(is_open(handle));
  other = std::move(pair.there);
  EXPECT_FALSE(is_open(handle));
}

TEST(UniqueHandle, GivesUpWhatIsReleased) {
  Pair pair;
  const Handle handle = pair.here.release();
  pair.here.reset();
  EXPECT_TRUE(is_open(handle));
  close_handle(handle);
}

TEST(Sockets, SendAndReceive) {
  Pair pair;
  EXPECT_EQ(send(pair.here.get(), as_bytes("hello")).bytes, 5);
  std::byte buffer[16];
  const IoResult result = receive(pair.there.get(), buffer);
  EXPECT_EQ(result.status, IoStatus::done);
  EXPECT_EQ(to_text(std::span(buffer).first(result.bytes)), "hello");
}

std::string receive_text(Handle handle) {
  std::array<std::byte, 4096> bytes;
  return to_text(std::span(bytes).first(receive(handle, bytes).bytes));
}

TEST(Sockets, SendSeveralPiecesAtOnce) {
  Pair pair;
  ChunkList list({"one, ", "two, ", "three, ", "four"});
  EXPECT_EQ(send(pair.here.get(), BufferSequence(list.front(), 15)).bytes, 15);
  EXPECT_EQ(receive_text(pair.there.get()), "one, two, three");
}

TEST(Sockets, LeavePiecesBeyondTheMostForTheNextSend) {
  Pair pair;
  ChunkList list(std::vector<std::string>(Iovecs::most + 1, "ab"));
  const BufferSequence all(list.front(), 2 * Iovecs::most + 2);
  EXPECT_EQ(send(pair.here.get(), all).bytes, 2 * Iovecs::most);
  EXPECT_EQ(receive_text(pair.there.get()).size(), 2 * Iovecs::most);
}

TEST(Sockets, WouldBlockWhenThereIsNothing) {
  Pair pair;
  std::byte buffer[16];
  EXPECT_EQ(receive(pair.there.get(), buffer).status, IoStatus::would_block);
}

TEST(Sockets, WouldBlockWhenThePeerTakesNoMore) {
  Pair pair;
  const std::string much(100'000, 'x');
  IoResult result{IoStatus::done};
  for (int i = 0; i < 1000 && result.status == IoStatus::done; ++i) {
    result = send(pair.here.get(), as_bytes(much));
  }
  EXPECT_EQ(result.status, IoStatus::would_block);
}

TEST(Sockets, SeeTheEndAfterWhatWasSentBefore) {
  Pair pair;
  (void)send(pair.here.get(), as_bytes("last"));
  shutdown_send(pair.here.get());
  std::byte buffer[16];
  EXPECT_EQ(unread_bytes(pair.there.get()), 4);
  EXPECT_EQ(receive(pair.there.get(), buffer).bytes, 4);
  EXPECT_EQ(receive(pair.there.get(), buffer).status, IoStatus::end);
  EXPECT_EQ(unread_bytes(pair.there.get()), 0);
}

TEST(Sockets, FailToSendToAClosedPeerWithoutASignal) {
  Pair pair;
  pair.there.reset();
  EXPECT_EQ(send(pair.here.get(), as_bytes("hello")).status, IoStatus::failed);
}

TEST(Listener, GetsAPortFromTheSystem) {
  const UniqueHandle listener = listen_on("127.0.0.1", 0, false);
  EXPECT_GT(local_port(listener.get()), 0);
  EXPECT_FALSE(is_ipv6(listener.get()));
}

TEST(Listener, RefusesAPortInUse) {
  const UniqueHandle listener = listen_on("127.0.0.1", 0, false);
  EXPECT_THROW((void)listen_on("127.0.0.1", local_port(listener.get()), false), std::system_error);
}

TEST(Listener, SharesAPortWhenAsked) {
  const UniqueHandle one = listen_on("127.0.0.1", 0, true);
  const UniqueHandle two = listen_on("127.0.0.1", local_port(one.get()), true);
  EXPECT_EQ(local_port(one.get()), local_port(two.get()));
}

TEST(Listener, RefusesWhatIsNoAddress) {
  EXPECT_THROW((void)listen_on("localhost", 0, false), std::invalid_argument);
  EXPECT_THROW((void)listen_on("", 0, false), std::invalid_argument);
}

TEST(Listener, HasNobodyWaitingAtFirst) {
  const UniqueHandle listener = listen_on("127.0.0.1", 0, false);
  EXPECT_EQ(accept_connection(listener.get()).status, AcceptStatus::would_block);
}

TEST(AcceptStatus, TellsWhatCanBeTriedAgain) {
  EXPECT_EQ(accept_status(0), AcceptStatus::accepted);
  EXPECT_EQ(accept_status(EAGAIN), AcceptStatus::would_block);
  EXPECT_EQ(accept_status(ECONNABORTED), AcceptStatus::peer_gone);
  EXPECT_EQ(accept_status(EINTR), AcceptStatus::peer_gone);
  for (const int error : {EMFILE, ENFILE, ENOMEM, ENOBUFS}) {
    EXPECT_EQ(accept_status(error), AcceptStatus::no_resources) << error;
  }
}

TEST(WakeUp, WakesWhoWaits) {
  const WakeUp wake_up;
  std::thread other([&] { wake_up.notify(); });
  EXPECT_TRUE(wake_up.wait(10s));
  other.join();
}

TEST(WakeUp, TimesOut) {
  const WakeUp wake_up;
  EXPECT_FALSE(wake_up.wait(1ms));
}

TEST(WakeUp, RemembersANotificationAndForgetsItOnceTaken) {
  const WakeUp wake_up;
  for (int i = 0; i < 1000; ++i) wake_up.notify();
  EXPECT_TRUE(wake_up.wait(0ms));
  EXPECT_FALSE(wake_up.wait(0ms));
}

TEST(WakeUp, NeverBlocksWhoNotifies) {
  const WakeUp wake_up;
  for (int i = 0; i < 200'000; ++i) wake_up.notify();
  EXPECT_TRUE(wake_up.wait(0ms));
}

TEST(WakeUp, LeavesErrnoAlone) {
  const WakeUp wake_up;
  for (int i = 0; i < 200'000; ++i) wake_up.notify();  // now it would block
  errno = EDOM;
  wake_up.notify();
  EXPECT_EQ(errno, EDOM);
}

}  // namespace
}  // namespace iolab
