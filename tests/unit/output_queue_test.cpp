#include "shared/protocol/output_queue.hpp"

#include <thread>

#include "tests/unit/chunks.hpp"

namespace iolab {
namespace {

constexpr std::size_t kibibyte = 1024;

void put(OutputQueue& queue, std::string_view text) {
  queue.append(as_bytes(text));
}

/// Appends bytes that were read into a chunk of `capacity` bytes. True if the queue took it.
bool put_chunk(OutputQueue& queue, std::string_view text, std::size_t capacity) {
  ChunkPtr chunk = chunk_of(text, capacity);
  queue.append(chunk->room().first(text.size()), chunk);
  return !chunk;
}

std::string take(OutputQueue& queue, std::size_t most) {
  std::string text = to_text(queue.pending()).substr(0, most);
  queue.consume(text.size());
  return text;
}

std::string take_all(OutputQueue& queue) {
  return take(queue, queue.pending_bytes());
}

std::size_t pieces(const OutputQueue& queue) {
  const BufferSequence pending = queue.pending();
  return static_cast<std::size_t>(std::distance(pending.begin(), pending.end()));
}

TEST(OutputQueue, IsEmptyAtFirst) {
  const OutputQueue queue;
  EXPECT_TRUE(queue.pending().empty());
  EXPECT_EQ(queue.pending_bytes(), 0);
}

TEST(OutputQueue, ShowsOnlyWhatIsCommitted) {
  OutputQueue queue;
  put(queue, "one");
  EXPECT_TRUE(queue.pending().empty());
  queue.commit();
  put(queue, "two");
  EXPECT_EQ(to_text(queue.pending()), "one");
  EXPECT_EQ(queue.pending_bytes(), 3);
  queue.commit();
  EXPECT_EQ(to_text(queue.pending()), "onetwo");
}

TEST(OutputQueue, CommitsAllButWhatIsUnfinished) {
  OutputQueue queue;
  put(queue, "onetwoth");
  queue.commit(2);
  EXPECT_EQ(to_text(queue.pending()), "onetwo");
  put(queue, "ree");
  EXPECT_EQ(to_text(queue.pending()), "onetwo");
  queue.commit();
  EXPECT_EQ(to_text(queue.pending()), "onetwothree");
}

TEST(OutputQueue, KeepsWhatIsUncommittedWhenAllElseIsConsumed) {
  OutputQueue queue;
  put(queue, "one");
  queue.commit();
  put(queue, "two");
  EXPECT_EQ(take_all(queue), "one");
  EXPECT_TRUE(queue.pending().empty());
  queue.commit();
  EXPECT_EQ(take_all(queue), "two");
}

TEST(OutputQueue, ConsumesInParts) {
  OutputQueue queue;
  put(queue, "abcdef");
  queue.commit();
  EXPECT_EQ(take(queue, 2), "ab");
  EXPECT_EQ(queue.pending_bytes(), 4);
  EXPECT_EQ(take(queue, 3), "cde");
  EXPECT_EQ(take(queue, 3), "f");
  EXPECT_EQ(queue.pending_bytes(), 0);
}

TEST(OutputQueue, ConsumingNothingChangesNothing) {
  OutputQueue queue;
  queue.consume(0);
  put(queue, "abc");
  queue.commit();
  queue.consume(0);
  EXPECT_EQ(take_all(queue), "abc");
}

TEST(OutputQueue, FillsChunksToTheLastByte) {
  for (const std::size_t size :
       {output_chunk_size - 1, output_chunk_size, output_chunk_size + 1, 3 * output_chunk_size}) {
    OutputQueue queue;
    const std::string text = noise(size, 1);
    put(queue, text);
    put(queue, "end");
    queue.commit();
    EXPECT_EQ(queue.pending_bytes(), size + 3);
    EXPECT_EQ(pieces(queue), (size + 3 + output_chunk_size - 1) / output_chunk_size);
    EXPECT_EQ(take_all(queue), text + "end") << size;
  }
}

TEST(OutputQueue, ShowsAllOfItsChunks) {
  OutputQueue queue;
  const std::string text = noise(5 * output_chunk_size / 2, 1);
  put(queue, text);
  queue.commit();
  EXPECT_EQ(pieces(queue), 3);
  EXPECT_EQ(to_text(queue.pending()), text);
}

TEST(OutputQueue, ConsumesAcrossChunks) {
  const std::string text = noise(3 * output_chunk_size, 1);
  for (const std::size_t first : {std::size_t{1}, output_chunk_size - 1, output_chunk_size}) {
    for (const std::size_t then :
         {output_chunk_size - 1, output_chunk_size, output_chunk_size + 1, 2 * output_chunk_size}) {
      OutputQueue queue;
      put(queue, text);
      queue.commit();
      EXPECT_EQ(take(queue, first), text.substr(0, first));
      EXPECT_EQ(take(queue, then), text.substr(first, then));
      EXPECT_EQ(to_text(queue.pending()), text.substr(first + then)) << first << " and " << then;
      EXPECT_EQ(queue.pending_bytes(), text.size() - first - then);
    }
  }
}

TEST(OutputQueue, MovesNoByteItHasShown) {
  OutputQueue queue;
  put(queue, "shown");
  queue.commit();
  const BufferSequence shown = queue.pending();
  for (std::uint32_t i = 0; i < 30; ++i) put(queue, noise(1000, i));
  queue.commit();
  EXPECT_EQ(queue.pending().front().data(), shown.front().data());
  EXPECT_EQ(to_text(shown), "shown");
}

TEST(OutputQueue, TakesOverAChunk) {
  OutputQueue queue;
  const std::string text = noise(4 * kibibyte, 1);
  ChunkPtr chunk = chunk_of(text);
  const std::byte* const bytes = chunk->bytes();
  queue.append(chunk->room(), chunk);
  queue.commit();
  EXPECT_EQ(chunk, nullptr);
  EXPECT_EQ(queue.pending().front().data(), bytes);
  EXPECT_EQ(take_all(queue), text);
}

TEST(OutputQueue, TakesOverWhatLiesInTheMiddleOfAChunk) {
  OutputQueue queue;
  const std::string text = noise(10 * kibibyte, 1);
  ChunkPtr chunk = chunk_of(text);
  queue.append(chunk->room().subspan(3, 5 * kibibyte), chunk);
  queue.commit();
  EXPECT_EQ(chunk, nullptr);
  EXPECT_EQ(take_all(queue), text.substr(3, 5 * kibibyte));
}

TEST(OutputQueue, CopiesWhatIsSmall) {
  OutputQueue queue;
  const std::string text = noise(4 * kibibyte - 1, 1);
  EXPECT_FALSE(put_chunk(queue, text, 4 * kibibyte));
  queue.commit();
  EXPECT_EQ(take_all(queue), text);
}

// Or a peer that reads slowly would make the server hold many times what the output limit counts.
TEST(OutputQueue, TakesAMostlyEmptyChunkOnlyWhenNothingElseWaits) {
  OutputQueue queue;
  constexpr std::size_t capacity = 64 * kibibyte;
  EXPECT_TRUE(put_chunk(queue, noise(5 * kibibyte, 1), capacity));
  EXPECT_FALSE(put_chunk(queue, noise(capacity / 2 - 1, 2), capacity));
  EXPECT_TRUE(put_chunk(queue, noise(capacity / 2, 3), capacity));
  queue.commit();
  EXPECT_EQ(take_all(queue),
            noise(5 * kibibyte, 1) + noise(capacity / 2 - 1, 2) + noise(capacity / 2, 3));
  EXPECT_TRUE(put_chunk(queue, noise(5 * kibibyte, 4), capacity)) << "it is empty again";
}

TEST(OutputQueue, TakesNoMostlyEmptyChunkBehindBytesThatAreNotCommitted) {
  OutputQueue queue;
  put(queue, "head");
  EXPECT_FALSE(put_chunk(queue, noise(5 * kibibyte, 1), 64 * kibibyte));
}

TEST(OutputQueue, CopiesSmallBytesBehindATakenChunk) {
  OutputQueue queue;
  const std::string text = noise(5 * kibibyte, 1);
  ASSERT_TRUE(put_chunk(queue, text, 8 * kibibyte));
  put(queue, "tail");
  queue.commit();
  EXPECT_EQ(pieces(queue), 1);
  EXPECT_EQ(take_all(queue), text + "tail");
}

// A chunk of this capacity has not a byte more.
TEST(OutputQueue, FillsATakenChunkToTheLastByte) {
  for (const std::size_t room : {0U, 1U, 3U, 4U}) {
    OutputQueue queue;
    const std::string text = noise(8 * kibibyte - room, 1);
    ASSERT_TRUE(put_chunk(queue, text, 8 * kibibyte));
    put(queue, "tail");
    queue.commit();
    EXPECT_EQ(queue.pending().front().size(), 8 * kibibyte);
    EXPECT_EQ(pieces(queue), room < 4 ? 2 : 1);
    EXPECT_EQ(take_all(queue), text + "tail");
  }
}

TEST(OutputQueue, MovesNoByteOfATakenChunk) {
  OutputQueue queue;
  const std::string text = noise(5 * kibibyte, 1);
  ASSERT_TRUE(put_chunk(queue, text, 8 * kibibyte));
  queue.commit();
  const BufferSequence shown = queue.pending();
  put(queue, noise(9000, 2));
  ASSERT_TRUE(put_chunk(queue, noise(6000, 3), 6000));
  queue.commit();
  EXPECT_EQ(to_text(shown), text);
  EXPECT_EQ(queue.pending().front().data(), shown.front().data());
  queue.consume(text.size());
  EXPECT_EQ(take_all(queue), noise(9000, 2) + noise(6000, 3));
}

/// A queue and the strings that it should equal. What it has shown is looked at again before any of
/// it is consumed, as a system does that reads lent bytes at some later time.
class QueueAndString {
 public:
  explicit QueueAndString(std::uint32_t seed) : random_(seed) {}

  void step() {
    switch (random_() % 5) {
      case 0:
        return put_copy();
      case 1:
        return put_in_chunk();
      case 2:
        return commit();
      case 3:
        return show();
      default:
        return consume();
    }
  }

  [[nodiscard]] bool agrees() const {
    return queue_.pending_bytes() == committed_.size() && to_text(queue_.pending()) == committed_ &&
           to_text(shown_) == committed_.substr(0, shown_.size());
  }
  [[nodiscard]] int taken() const { return taken_; }

 private:
  void put_copy() {
    const std::string text = noise(random_() % 20'000, ++texts_);
    put(queue_, text);
    uncommitted_ += text;
  }
  void put_in_chunk() {
    const std::string text = noise(1 + random_() % 20'000, ++texts_);
    const std::size_t capacity = random_() % 2 == 0 ? text.size() : 64 * kibibyte;
    taken_ += put_chunk(queue_, text, capacity) ? 1 : 0;
    uncommitted_ += text;
  }
  void commit() {
    const std::size_t unfinished = random_() % (uncommitted_.size() + 1);
    queue_.commit(unfinished);
    const std::size_t finished = uncommitted_.size() - unfinished;
    committed_ += uncommitted_.substr(0, finished);
    uncommitted_.erase(0, finished);
  }
  void show() {
    if (shown_.empty()) shown_ = queue_.pending();
  }
  void consume() {
    const std::size_t n = random_() % (shown_.size() + 1);
    queue_.consume(n);
    committed_.erase(0, n);
    shown_ = {};
  }

  std::mt19937 random_;
  OutputQueue queue_;
  std::string committed_;
  std::string uncommitted_;
  BufferSequence shown_;
  std::uint32_t texts_ = 0;
  int taken_ = 0;
};

TEST(OutputQueue, BehavesAsAString) {
  int taken = 0;
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    QueueAndString both(seed);
    for (int step = 0; step < 100; ++step) {
      both.step();
      ASSERT_TRUE(both.agrees()) << "seed " << seed << ", step " << step;
    }
    taken += both.taken();
  }
  EXPECT_GT(taken, 200 * 5);
}

// On a thread of its own, whose pool no other test has filled.
TEST(OutputQueue, GivesItsChunksBack) {
  std::thread([] {
    const ChunkPool& pool = ChunkPool::of_this_thread();
    {
      OutputQueue queue;
      put(queue, noise(5 * output_chunk_size, 1));
      queue.commit();
      EXPECT_EQ(pool.spare(), 0);
      (void)take(queue, output_chunk_size);
      EXPECT_EQ(pool.spare(), output_chunk_size);
    }
    EXPECT_EQ(pool.spare(), 5 * output_chunk_size);
  }).join();
}

// An engine that sends without a copy needs a chunk longer than its bytes are pending.
TEST(OutputQueue, KeepsAChunkThatIsLent) {
  OutputQueue queue;
  ChunkPtr lent = chunk_of(noise(8192, 1));
  ChunkPtr other = chunk_of(noise(8192, 2));
  const Chunk* const address = lent.get();
  for (ChunkPtr* chunk : {&lent, &other}) queue.append((*chunk)->room(), *chunk);
  queue.commit();
  EXPECT_EQ(queue.lend_front(), 8192);
  ChunkPtr kept;
  queue.consume(100, &kept);
  EXPECT_EQ(kept, nullptr) << "it is still in use";
  queue.consume(2 * 8192 - 100, &kept);
  ASSERT_EQ(kept.get(), address);
  EXPECT_EQ(kept->next, nullptr) << "the other one was not lent";
}

TEST(OutputQueue, ForgetsThatAChunkWasLentBefore) {
  OutputQueue queue;
  ChunkPtr kept;
  for (const bool lends : {true, false}) {
    ChunkPtr chunk = kept ? std::move(kept) : chunk_of(noise(8192, 1));
    queue.append(chunk->room(), chunk);
    queue.commit();
    if (lends) queue.lend_front();
    queue.consume(8192, &kept);
    EXPECT_EQ(kept != nullptr, lends);
  }
}

TEST(OutputQueue, GivesATakenChunkBackOnceItIsConsumed) {
  std::thread([] {
    const ChunkPool& pool = ChunkPool::of_this_thread();
    OutputQueue queue;
    ASSERT_TRUE(put_chunk(queue, noise(4 * kibibyte, 1), 4 * kibibyte));
    queue.commit();
    queue.consume(4 * kibibyte - 1);
    EXPECT_EQ(pool.spare(), 0);
    queue.consume(1);
    EXPECT_EQ(pool.spare(), 4 * kibibyte);
  }).join();
}

}  // namespace
}  // namespace iolab
