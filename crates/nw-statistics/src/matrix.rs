//! Small symmetric systems.

/// A symmetric positive matrix as the product of a triangle and its mirror image.
pub(crate) struct Triangle(Vec<Vec<f64>>);

impl Triangle {
    /// Decomposes (Cholesky); otherwise the position of the first column that the others already say.
    pub(crate) fn of(matrix: &[Vec<f64>]) -> Result<Triangle, usize> {
        let n = matrix.len();
        let mut lower = vec![vec![0.0; n]; n];
        for i in 0..n {
            for j in 0..=i {
                let known: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
                let left = matrix[i][j] - known;
                if i == j {
                    // What is left of a column beside all before it: nothing but rounding means nothing new.
                    if left <= 1e-10 * matrix[i][i].abs().max(f64::MIN_POSITIVE) {
                        return Err(i);
                    }
                    lower[i][i] = left.sqrt();
                } else {
                    lower[i][j] = left / lower[j][j];
                }
            }
        }
        Ok(Triangle(lower))
    }

    /// What the matrix turns into `right`.
    pub(crate) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let (lower, n) = (&self.0, right.len());
        let mut half = vec![0.0; n];
        for i in 0..n {
            let known: f64 = (0..i).map(|k| lower[i][k] * half[k]).sum();
            half[i] = (right[i] - known) / lower[i][i];
        }
        let mut found = vec![0.0; n];
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n).map(|k| lower[k][i] * found[k]).sum();
            found[i] = (half[i] - known) / lower[i][i];
        }
        found
    }

    /// The diagonal of the inverse.
    pub(crate) fn inverse_diagonal(&self) -> Vec<f64> {
        let n = self.0.len();
        (0..n)
            .map(|i| {
                let mut unit = vec![0.0; n];
                unit[i] = 1.0;
                self.solve(&unit)[i]
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Triangle;

    #[test]
    fn a_system_is_solved_and_a_repeated_column_is_named() {
        let Ok(triangle) = Triangle::of(&[vec![4.0, 2.0], vec![2.0, 3.0]]) else { panic!("it is positive") };
        let found = triangle.solve(&[2.0, 5.0]);
        assert!((found[0] + 0.5).abs() < 1e-12 && (found[1] - 2.0).abs() < 1e-12, "{found:?}");
        let diagonal = triangle.inverse_diagonal();
        assert!((diagonal[0] - 0.375).abs() < 1e-12 && (diagonal[1] - 0.5).abs() < 1e-12, "{diagonal:?}");
        assert_eq!(Triangle::of(&[vec![1.0, 2.0], vec![2.0, 4.0]]).err(), Some(1));
    }
}
