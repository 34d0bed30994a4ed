//! Random numbers that a failed run can have again.

/// The default seed; `SIGHTLINE_TEST_SEED=7 cargo test …` sets another.
const SEED: u64 = 20_260_318;

/// SplitMix64 (Steele, Lea, Flood 2014): random enough to choose steps, without a dependency.
pub struct Dice(u64);

impl Dice {
    /// The numbers of a seed, and the seed, which is printed.
    pub fn new() -> (Self, u64) {
        let seed = std::env::var("SIGHTLINE_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = seed.unwrap_or(SEED);
        println!("seed {seed}");
        (Self(seed), seed)
    }

    /// A number from 0 to one less than `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}
