// What every Proactor promises of output that lies in several pieces.
#include <algorithm>

#include "shared/buffers/chunk_pool.hpp"
#include "shared/protocol/output_queue.hpp"
#include "tests/contract/contract_fixture.hpp"

namespace iolab::proactor {
namespace {

// Less is copied together by an output queue; and no multiple of it fits into a socket's buffer.
constexpr std::size_t piece_size = 4999;

std::string text_of(std::size_t size, unsigned seed = 0) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i)
    text[i] = static_cast<char>((i + seed) * 2654435761U >> 13);
  return text;
}

/// Appends `text` as one piece of its own.
void put_piece(OutputQueue& queue, std::string_view text) {
  ChunkPtr chunk = ChunkPool::of_this_thread().borrow(text.size());
  std::ranges::copy(std::as_bytes(std::span(text)), chunk->bytes());
  queue.append(chunk->room(), chunk);
  ASSERT_EQ(chunk, nullptr);
  queue.commit();
}

void put_pieces(OutputQueue& queue, std::string_view text, std::size_t size = piece_size) {
  for (; !text.empty(); text.remove_prefix(size)) put_piece(queue, text.substr(0, size));
}

/// Sends what an output queue holds, one send after the other, as a server does.
class Sender {
 public:
  explicit Sender(Endpoint& end) : end_(end) {
    end_.send_done.then = [this](AsyncOperation& send) {
      ASSERT_EQ(send.result.error, 0);
      ASSERT_GT(send.result.bytes, 0U);
      ASSERT_LE(send.result.bytes, send.output.size());
      note_end(send);
      queue.consume(send.result.bytes);
      if (then) then();
      if (queue.pending_bytes() > 0) start();
    };
  }

  void start() { end_.submit_send(queue.pending()); }

  /// What the peer has received by now.
  const std::string& received() {
    for (std::string part = end_.peer_receives(); !part.empty(); part = end_.peer_receives()) {
      received_ += part;
    }
    return received_;
  }

  OutputQueue queue;
  std::function<void()> then;        ///< after each send
  std::size_t ended_in_a_piece = 0;  ///< sends, and not where one ends
  std::size_t took_many_pieces = 0;  ///< sends

 private:
  void note_end(const AsyncOperation& send) {
    std::size_t left = send.result.bytes;
    for (const BufferSequence::Piece piece : send.output) {
      if (left < piece.size()) {
        ended_in_a_piece += left > 0 ? 1 : 0;
        return;
      }
      left -= piece.size();
      took_many_pieces += left > 0 ? 1 : 0;
    }
  }

  Endpoint& end_;
  std::string received_;
};

TEST_P(ProactorContract, SendsSeveralPiecesAtOnce) {
  const auto end = make_endpoint();
  const std::string text = text_of(4 * piece_size);
  OutputQueue queue;
  put_pieces(queue, text);
  end->submit_send(queue.pending());
  run_until([&] { return end->send_done.calls > 0; });
  EXPECT_EQ(end->send.result.error, 0);
  EXPECT_EQ(end->send.result.bytes, text.size());
  EXPECT_EQ(end->peer_receives(), text);
}

TEST_P(ProactorContract, SendsNoMoreThanWasPending) {
  const auto end = make_endpoint();
  const std::string text = text_of(3 * piece_size);
  OutputQueue queue;
  put_pieces(queue, text);
  queue.append(std::as_bytes(std::span("a whole one, and the begin", 26)));
  queue.commit(14);
  const BufferSequence pending = queue.pending();
  put_pieces(queue, text);
  end->submit_send(pending);
  run_until([&] { return end->send_done.calls > 0; });
  EXPECT_EQ(end->peer_receives(), text + "a whole one,");
}

TEST_P(ProactorContract, GoesOnInsideAPieceWhereASendWasShort) {
  constexpr std::size_t large = 40 * piece_size + 1;  // one send would do, had the socket the room
  const auto end = make_endpoint();
  Sender sender(*end);
  const std::string text = text_of(40 * large);
  put_pieces(sender.queue, text, large);
  sender.start();
  run_idle();  // the peer does not receive, so the socket fills up
  run_until([&] { return sender.received().size() == text.size(); });
  run_until([&] { return !end->send.in_flight; });
  EXPECT_TRUE(sender.received() == text);
  EXPECT_GT(sender.ended_in_a_piece, 0U);
  EXPECT_GT(sender.took_many_pieces, 0U);
}

// More than a system takes at once: 64 here, and 1024 of Linux.
TEST_P(ProactorContract, SendsAnyNumberOfPieces) {
  for (const std::size_t many : {63U, 64U, 65U, 1500U}) {
    const auto end = make_endpoint();
    Sender sender(*end);
    const std::string text = text_of(many * piece_size);
    put_pieces(sender.queue, text);
    sender.start();
    run_until([&] { return sender.received().size() == text.size(); });
    run_until([&] { return !end->send.in_flight; });
    EXPECT_TRUE(sender.received() == text) << many << " pieces";
  }
}

// A reply is added while an earlier one is on its way: behind it in its chunk, and in further ones.
TEST_P(ProactorContract, LetsOutputGrowWhileItIsSent) {
  const auto end = make_endpoint();
  Sender sender(*end);
  std::string text = text_of(200 * piece_size);
  put_pieces(sender.queue, text);
  unsigned added = 0;
  const auto add = [&] {
    if (++added > 50) return;
    const std::string few = text_of(100, added);
    const std::string many = text_of(piece_size, added);
    sender.queue.append(std::as_bytes(std::span(few)));
    put_piece(sender.queue, many);
    text += few + many;
  };
  sender.start();
  sender.then = add;
  run_until([&] {
    add();
    return sender.received().size() == text.size();
  });
  run_until([&] { return !end->send.in_flight; });
  EXPECT_TRUE(sender.received() == text);
}

// What the engine keeps for each send of several pieces must last until the system has read it.
TEST_P(ProactorContract, MixesUpNoPiecesWhenQueuesOverflow) {
  constexpr std::size_t many = 200;
  std::vector<std::unique_ptr<Endpoint>> ends;
  std::vector<OutputQueue> queues(many);
  for (std::size_t i = 0; i < many; ++i) ends.push_back(make_endpoint(64));
  for (unsigned round = 1; round <= 3; ++round) {
    for (std::size_t i = 0; i < many; ++i) {
      put_pieces(queues[i], text_of(2 * piece_size, static_cast<unsigned>(i) + round));
      ends[i]->submit_send(queues[i].pending());
    }
    for (std::size_t i = 0; i < many; ++i) {
      run_until([&] { return ends[i]->send_done.calls == round; });
      ASSERT_EQ(ends[i]->send.result.bytes, 2 * piece_size);
      queues[i].consume(2 * piece_size);
      ASSERT_TRUE(ends[i]->peer_receives() ==
                  text_of(2 * piece_size, static_cast<unsigned>(i) + round));
    }
  }
}

}  // namespace
}  // namespace iolab::proactor
