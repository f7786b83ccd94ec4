#include "shared/buffers/chunk_pool.hpp"

#include <thread>

#include "tests/unit/chunks.hpp"

namespace iolab {
namespace {

constexpr std::size_t kibibyte = 1024;
constexpr std::size_t mebibyte = 1024 * kibibyte;

/// Back to this pool, and not to that of the thread.
void give_back(ChunkPool& pool, ChunkPtr chunk) {
  pool.give_back(*chunk.release());
}

/// Leaves `count` spare chunks of `size` bytes in the pool.
void lay_in(ChunkPool& pool, std::size_t count, std::size_t size) {
  std::vector<ChunkPtr> chunks;
  for (std::size_t i = 0; i < count; ++i) chunks.push_back(pool.borrow(size));
  for (ChunkPtr& chunk : chunks) give_back(pool, std::move(chunk));
}

TEST(ChunkPool, LendsWhatItGotBack) {
  ChunkPool pool;
  ChunkPtr chunk = pool.borrow(kibibyte);
  const Chunk* const address = chunk.get();
  chunk->begin = 3;
  chunk->end = 17;
  give_back(pool, std::move(chunk));
  EXPECT_EQ(pool.spare(), kibibyte);
  chunk = pool.borrow(kibibyte);
  EXPECT_EQ(chunk.get(), address);
  EXPECT_TRUE(chunk->content().empty());
  EXPECT_EQ(chunk->next, nullptr);
  EXPECT_EQ(pool.spare(), 0);
}

TEST(ChunkPool, GivesTheRoomThatWasAskedFor) {
  ChunkPool pool;
  for (const std::size_t capacity : {std::size_t{1}, std::size_t{1000}, kibibyte, kibibyte + 1,
                                     std::size_t{100'000}, 4 * mebibyte}) {
    ChunkPtr chunk = pool.borrow(capacity);
    EXPECT_EQ(chunk->room().size(), capacity);
    chunk->room().back() = std::byte{1};  // the address sanitizer watches
    give_back(pool, std::move(chunk));
  }
}

TEST(ChunkPool, MakesPowersOfTwo) {
  for (const auto& [capacity, size] :
       {std::pair(std::size_t{1}, kibibyte), std::pair(kibibyte, kibibyte),
        std::pair(kibibyte + 1, 2 * kibibyte), std::pair(std::size_t{65'535}, 64 * kibibyte),
        std::pair(64 * kibibyte, 64 * kibibyte)}) {
    ChunkPool pool;
    lay_in(pool, 1, capacity);
    EXPECT_EQ(pool.spare(), size) << capacity;
  }
}

TEST(ChunkPool, LendsAChunkAgainForAnotherCapacity) {
  ChunkPool pool;
  ChunkPtr chunk = pool.borrow(2 * kibibyte);
  const Chunk* const address = chunk.get();
  give_back(pool, std::move(chunk));
  EXPECT_NE(pool.borrow(kibibyte).get(), address) << "that is a smaller size";
  chunk = pool.borrow(kibibyte + 1);
  EXPECT_EQ(chunk.get(), address);
  EXPECT_EQ(chunk->capacity, kibibyte + 1);
}

TEST(ChunkPool, KeepsNoMoreThanItsLimit) {
  ChunkPool pool;
  lay_in(pool, 20, mebibyte);
  EXPECT_EQ(pool.spare(), ChunkPool::most_spare);
  lay_in(pool, 1, 2 * ChunkPool::most_spare);
  EXPECT_EQ(pool.spare(), ChunkPool::most_spare);
}

TEST(ChunkPool, TrimsWhatWasSpareAllTheTime) {
  ChunkPool pool;
  lay_in(pool, 4, mebibyte);
  pool.trim();
  EXPECT_EQ(pool.spare(), 4 * mebibyte) << "it was needed a moment ago";
  pool.trim();
  EXPECT_EQ(pool.spare(), ChunkPool::most_idle);
  pool.trim();
  EXPECT_EQ(pool.spare(), ChunkPool::most_idle);
}

TEST(ChunkPool, SparesWhatWasNeededSinceTheLastTrim) {
  ChunkPool pool;
  lay_in(pool, 5, mebibyte);
  pool.trim();
  lay_in(pool, 3, mebibyte);  // so two were never needed
  pool.trim();
  EXPECT_EQ(pool.spare(), 4 * mebibyte);
}

TEST(ChunkPool, TrimsTheLargestFirst) {
  ChunkPool pool;
  ChunkPtr small = pool.borrow(mebibyte);
  const Chunk* const address = small.get();
  lay_in(pool, 1, 2 * mebibyte);
  give_back(pool, std::move(small));
  pool.trim();
  pool.trim();
  EXPECT_EQ(pool.spare(), mebibyte);
  EXPECT_EQ(pool.borrow(mebibyte).get(), address);
}

TEST(ChunkPool, TrimsAChunkThatIsLargerThanWhatMayStay) {
  ChunkPool pool;
  lay_in(pool, 1, 8 * ChunkPool::most_idle);
  pool.trim();
  pool.trim();
  EXPECT_EQ(pool.spare(), 0);
}

// The pool of a thread that no other test has filled.
TEST(ChunkPool, GetsBackWhatTheThreadLetsGo) {
  ChunkPtr chunk = ChunkPool::of_this_thread().borrow(kibibyte);
  std::thread([&] {
    chunk.reset();
    EXPECT_EQ(ChunkPool::of_this_thread().spare(), kibibyte);
  }).join();
}

/// Lends the one chunk it has.
class Lender final : public ChunkOwner {
 public:
  Lender() { chunk_.owner = this; }
  void give_back(Chunk& chunk) noexcept override {
    EXPECT_EQ(&chunk, &chunk_);
    ++given_back;
  }
  [[nodiscard]] ChunkPtr lend() { return ChunkPtr(&chunk_); }

  int given_back = 0;

 private:
  Chunk chunk_;
};

TEST(ChunkOwner, GetsItsChunkBack) {
  Lender lender;
  const std::size_t spare = ChunkPool::of_this_thread().spare();
  lender.lend().reset();
  EXPECT_EQ(lender.given_back, 1);
  EXPECT_EQ(ChunkPool::of_this_thread().spare(), spare);
}

TEST(ChunkOwner, GetsItsChunkBackOnAnyThread) {
  Lender lender;
  std::thread([chunk = lender.lend()]() mutable { chunk.reset(); }).join();
  EXPECT_EQ(lender.given_back, 1);
}

}  // namespace
}  // namespace iolab
