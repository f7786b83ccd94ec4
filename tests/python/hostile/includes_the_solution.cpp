#include "@LAB@/source/frame_decoder.cpp"
