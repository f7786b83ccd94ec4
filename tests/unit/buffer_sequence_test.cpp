#include "shared/buffers/buffer_sequence.hpp"

#include <iterator>

#include "tests/unit/chunks.hpp"

namespace iolab {
namespace {

TEST(BufferSequence, IsEmptyAtFirst) {
  const BufferSequence none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.size(), 0);
  EXPECT_EQ(none.begin(), none.end());
}

TEST(BufferSequence, MayBeOneSpan) {
  const std::string text = "abc";
  const BufferSequence one = as_bytes(text);
  EXPECT_TRUE(one.is_single());
  EXPECT_EQ(one.size(), 3);
  EXPECT_EQ(std::distance(one.begin(), one.end()), 1);
  EXPECT_EQ(to_text(one), "abc");
  EXPECT_EQ((*one.begin()).data(), as_bytes(text).data());
}

TEST(BufferSequence, GoesOverEveryChunk) {
  ChunkList list({"abc", "d", "efgh"});
  const BufferSequence all(list.front(), 8);
  EXPECT_FALSE(all.is_single());
  std::vector<std::string> pieces;
  for (auto piece = all.begin(); piece != all.end(); piece++) pieces.push_back(to_text(*piece));
  EXPECT_EQ(pieces, (std::vector<std::string>{"abc", "d", "efgh"}));
}

TEST(BufferSequence, BeginsWhereTheFirstChunkDoes) {
  ChunkList list({"abc", "def"});
  list.front().begin = 2;
  EXPECT_EQ(to_text(BufferSequence(list.front(), 4)), "cdef");
}

TEST(BufferSequence, EndsAnywhere) {
  const std::string whole = "abcdefgh";
  ChunkList list({"abc", "d", "efgh"});
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const BufferSequence part(list.front(), size);
    EXPECT_EQ(part.size(), size);
    EXPECT_EQ(part.empty(), size == 0);
    EXPECT_EQ(part.is_single(), size <= 3);
    EXPECT_EQ(to_text(part), whole.substr(0, size));
    for (const BufferSequence::Piece piece : part) EXPECT_FALSE(piece.empty()) << size;
  }
}

// Output is added while earlier output is lent to the system.
TEST(BufferSequence, StaysAsItIsWhenTheListGrows) {
  for (const std::vector<std::string>& texts : {std::vector<std::string>{"abc"}, {"ab", "c"}}) {
    ChunkList list(texts);
    const BufferSequence view(list.front(), 3);
    const std::vector<BufferSequence::Piece> before(view.begin(), view.end());
    list.add_to_last("more");
    list.add("and more");
    ASSERT_EQ(to_text(view), "abc");
    ASSERT_EQ(static_cast<std::size_t>(std::distance(view.begin(), view.end())), before.size());
    for (std::size_t i = 0; const BufferSequence::Piece piece : view) {
      EXPECT_EQ(piece.data(), before[i++].data());
    }
  }
}

}  // namespace
}  // namespace iolab
