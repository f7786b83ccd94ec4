template <int N, int M>
struct Twice {
  static constexpr int value = Twice<N - 1, 2 * M>::value + Twice<N - 1, 2 * M + 1>::value;
};
template <int M>
struct Twice<0, M> {
  static constexpr int value = M;
};
static const int much = Twice<25, 1>::value;
