//! Relations between views and channels: finite differences for each hand-written gradient, and the delicate points of SSD-KD §10.

use crate::{generator, scalar, tolerance};
use candle_core::{DType, Device, Tensor, Var};
use dermdistill::ErrorKind;
use dermdistill::distill::{gram, rkd_angle, rkd_distance};

/// Numbers in [−1, 1) of a shape.
fn random(seed: u32, shape: &[usize]) -> Tensor {
    let data: Vec<f64> = generator::uniform(seed, shape.iter().product()).map(f64::from).collect();
    Tensor::from_vec(data, shape, &Device::Cpu).unwrap()
}

fn numbers(tensor: &Tensor) -> Vec<f64> {
    tensor.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

/// The loss of `student` and its gradient.
fn gradient(student: &Tensor, loss: impl Fn(&Tensor) -> Tensor) -> (f64, Vec<f64>) {
    let var = Var::from_tensor(student).unwrap();
    let loss = loss(var.as_tensor());
    (scalar(&loss), numbers(loss.backward().unwrap().get(&var).unwrap()))
}

fn distance(student: &Tensor, teacher: &Tensor) -> Tensor {
    rkd_distance(student, teacher).unwrap().unwrap()
}

fn angle(student: &Tensor, teacher: &Tensor) -> Tensor {
    rkd_angle(student, teacher).unwrap()
}

fn channels(student: &Tensor, teacher: &Tensor) -> Tensor {
    gram(student, teacher).unwrap()
}

/// A relation, and a student and a teacher for it.
type Case = (&'static str, fn(&Tensor, &Tensor) -> Tensor, Tensor, Tensor);

fn cases() -> [Case; 5] {
    let spread = (random(3, &[6, 4]) * 30.0).unwrap();
    [
        ("distance", distance, random(1, &[6, 4]), random(2, &[6, 5])),
        // One row far away: differences of relative distances above 1, the straight part of smooth L1.
        ("distance with a far row", distance, Tensor::cat(&[&random(1, &[6, 4]), &spread.narrow(0, 0, 1).unwrap()], 0).unwrap(), random(2, &[7, 5])),
        ("angle", angle, random(4, &[6, 4]), random(5, &[6, 3])),
        // In one dimension angles are 1 or −1, so differences are 2.
        ("angle with opposite directions", angle, random(6, &[5, 3]), random(7, &[5, 1])),
        ("gram", channels, random(8, &[3, 2, 2, 5]), random(9, &[3, 2, 2, 5])),
    ]
}

#[test]
fn hand_written_gradients_are_the_slopes() {
    for (name, relation, student, teacher) in cases() {
        let (_, gradient) = gradient(&student, |s| relation(s, &teacher));
        let largest = gradient.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        let data = numbers(&student);
        for place in 0..data.len() {
            let at = |step: f64| {
                let mut moved = data.clone();
                moved[place] += step;
                scalar(&relation(&Tensor::from_vec(moved, student.shape(), &Device::Cpu).unwrap(), &teacher))
            };
            let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((slope - gradient[place]).abs() <= tolerance::TERM_DIFFERENCE * largest, "{name}: {slope}, {}", gradient[place]);
        }
    }
}

#[test]
fn a_student_that_is_the_teacher_has_nothing_to_learn() {
    // Point 1 for the Gram term: the root's slope at 0; point 2 for angles: a row and itself have no direction.
    for (name, relation, student, _) in cases() {
        for dtype in [DType::F64, DType::F32] {
            let student = student.to_dtype(dtype).unwrap();
            let (loss, gradient) = gradient(&student, |s| relation(s, &student));
            assert_eq!(loss, 0.0, "{name}");
            assert!(gradient.iter().all(|x| *x == 0.0), "{name}: {gradient:?}");
        }
    }
}

#[test]
fn the_gradient_of_a_weighted_term_is_weighted() {
    for (name, relation, student, teacher) in cases() {
        let (_, plain) = gradient(&student, |s| relation(s, &teacher));
        let (_, weighted) = gradient(&student, |s| (relation(s, &teacher) * 50.0).unwrap());
        for (plain, weighted) in plain.iter().zip(weighted) {
            assert!((50.0 * plain - weighted).abs() <= tolerance::TERM_ZERO + tolerance::TERM * weighted.abs(), "{name}");
        }
    }
}

#[test]
fn distances_do_not_see_scale_and_angles_neither_scale_nor_place() {
    let (student, teacher) = (random(1, &[6, 4]), random(2, &[6, 5]));
    let scaled = (&student * 7.0).unwrap();
    let moved = (&scaled + 3.0).unwrap();
    let same = |a: &Tensor, b: &Tensor| (scalar(a) - scalar(b)).abs() <= tolerance::TERM * scalar(b);
    assert!(same(&distance(&scaled, &teacher), &distance(&student, &teacher)));
    assert!(same(&distance(&student, &(&teacher * 0.1).unwrap()), &distance(&student, &teacher)));
    assert!(same(&angle(&moved, &teacher), &angle(&student, &teacher)));
}

#[test]
fn channel_relations_grow_with_the_square() {
    let (student, teacher) = (random(8, &[3, 2, 2, 5]), random(9, &[3, 2, 2, 5]));
    let twice = scalar(&channels(&(&student * 2.0).unwrap(), &(&teacher * 2.0).unwrap()));
    assert!((twice - 4.0 * scalar(&channels(&student, &teacher))).abs() <= tolerance::TERM * twice);
}

/// G with its matrices of channels by channels written out.
fn plain_gram(student: &Tensor, teacher: &Tensor) -> f64 {
    let (views, height, width, count) = student.dims4().unwrap();
    let of = |maps: &Tensor| {
        let f = maps.reshape((views, height * width, count)).unwrap();
        (f.transpose(1, 2).unwrap().contiguous().unwrap().matmul(&f).unwrap() / (count * height * width) as f64).unwrap()
    };
    scalar(&(of(student) - of(teacher)).unwrap().sqr().unwrap().mean_all().unwrap()).sqrt()
}

#[test]
fn the_products_of_pixels_give_what_channels_by_channels_give() {
    let teacher = random(9, &[4, 3, 3, 24]);
    for distance in [1.0, 1e-2, 1e-4, 1e-8] {
        let student = (&teacher + (random(8, &[4, 3, 3, 24]) * distance).unwrap()).unwrap();
        let expected = plain_gram(&student, &teacher);
        let ours = scalar(&channels(&student, &teacher));
        // The plain form itself loses digits where student and teacher are nearly alike: it subtracts two matrices of size 1.
        assert!((ours - expected).abs() <= (tolerance::TERM + 1e-14 / distance) * expected, "{distance}: {ours} {expected}");
        let [student, teacher] = [&student, &teacher].map(|maps| maps.to_dtype(DType::F32).unwrap());
        let [wide_student, wide_teacher] = [&student, &teacher].map(|maps| maps.to_dtype(DType::F64).unwrap());
        let expected = scalar(&channels(&wide_student, &wide_teacher));
        let ours = scalar(&channels(&student, &teacher));
        assert!((ours - expected).abs() <= tolerance::GRAM_F32 * expected, "{distance} in f32: {ours} {expected}");
    }
}

#[test]
fn rows_that_are_nearly_alike_keep_their_distance_in_f32() {
    // Point 3: rows of length 20, two of them 3.5e-3 apart, which the product form would round away.
    let mut data = numbers(&(random(1, &[4, 320]) * 2.0).unwrap());
    let near: Vec<f64> = data[..320].iter().enumerate().map(|(i, x)| if i < 49 { x + 5e-4 } else { *x }).collect();
    data.extend(near);
    let student = Tensor::from_vec(data, (5, 320), &Device::Cpu).unwrap().to_dtype(DType::F32).unwrap();
    let wide = student.to_dtype(DType::F64).unwrap();
    let teacher = random(2, &[5, 8]);
    for relation in [distance, angle] {
        let (loss, slope) = gradient(&student, |s| relation(s, &teacher.to_dtype(DType::F32).unwrap()));
        let (expected, wide_slope) = gradient(&wide, |s| relation(s, &teacher));
        assert!((loss - expected).abs() <= tolerance::TERM_F32 * expected, "{loss} {expected}");
        let largest = wide_slope.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        assert!(slope.iter().zip(wide_slope).all(|(a, b)| (a - b).abs() <= tolerance::TERM_F32 * largest));
    }
}

#[test]
fn views_that_are_all_alike_have_no_distances_and_no_angles() {
    // Point 4: a picture of one colour, and a single row. Rounding apart is no distance either.
    let (same, teacher) = (random(1, &[1, 6]).broadcast_as((4, 6)).unwrap().contiguous().unwrap(), random(2, &[4, 5]));
    let nearly = (&same + (random(3, &[4, 6]) * 1e-7).unwrap()).unwrap();
    for (student, teacher) in [(&same, &teacher), (&nearly, &teacher), (&teacher, &same), (&same, &same), (&same.zeros_like().unwrap(), &teacher)] {
        assert!(rkd_distance(student, teacher).unwrap().is_none());
    }
    let one = |rows: &Tensor| rows.narrow(0, 0, 1).unwrap();
    assert!(rkd_distance(&one(&same), &one(&teacher)).unwrap().is_none());
    let (loss, slope) = gradient(&same, |s| angle(s, &teacher));
    assert!(loss > 0.0 && slope.iter().all(|x| *x == 0.0), "{loss} {slope:?}");
    assert_eq!(gradient(&one(&same), |s| angle(s, &one(&teacher))), (0.0, vec![0.0; 6]));
}

#[test]
fn two_views_that_coincide_leave_the_others_their_gradient() {
    let mut rows = random(1, &[5, 6]).to_vec2::<f64>().unwrap();
    rows[3] = rows[2].clone();
    let student = Tensor::new(rows, &Device::Cpu).unwrap();
    for relation in [distance, angle] {
        let (loss, slope) = gradient(&student, |s| relation(s, &random(2, &[5, 4])));
        assert!(loss.is_finite() && slope.iter().all(|x| x.is_finite() && x.abs() < 10.0), "{slope:?}");
        assert!(slope.iter().any(|x| *x != 0.0));
    }
}

#[test]
fn two_views_that_nearly_coincide_keep_their_whole_slope() {
    // Point 5: no root is clamped, so a distance of 1e-6 pulls as every other does. A clamp would cut its slope, or halve it.
    let mut rows = random(1, &[4, 6]).to_vec2::<f64>().unwrap();
    rows[3] = rows[2].iter().enumerate().map(|(at, x)| if at == 0 { x + 1e-6 } else { *x }).collect();
    let (student, teacher) = (Tensor::new(rows.clone(), &Device::Cpu).unwrap(), random(2, &[4, 4]));
    let (_, slope) = gradient(&student, |s| distance(s, &teacher));
    let at = |step: f64| {
        let mut moved = rows.clone();
        moved[3][0] += step;
        scalar(&distance(&Tensor::new(moved, &Device::Cpu).unwrap(), &teacher))
    };
    let expected = (at(1e-8) - at(-1e-8)) / 2e-8;
    assert!(expected.abs() > 1e-3 && (slope[18] - expected).abs() <= tolerance::TERM_DIFFERENCE * expected.abs(), "{} {expected}", slope[18]);
}

#[test]
fn two_million_angles_sum_to_the_same_in_f32() {
    // Point 16: (4 · 32)³ entries.
    let (student, teacher) = (random(1, &[128, 16]), random(2, &[128, 12]));
    let narrow = |t: &Tensor| t.to_dtype(DType::F32).unwrap();
    for relation in [distance, angle] {
        let (ours, expected) = (scalar(&relation(&narrow(&student), &narrow(&teacher))), scalar(&relation(&student, &teacher)));
        assert!((ours - expected).abs() <= tolerance::GRAM_F32 * expected, "{ours} {expected}");
    }
}

#[test]
fn what_is_no_number_or_does_not_fit_is_refused() {
    let (rows, maps) = (random(1, &[4, 6]), random(2, &[4, 2, 2, 6]));
    let nan = |t: &Tensor| (t * f64::NAN).unwrap();
    for (student, teacher) in [(&nan(&rows), &rows), (&rows, &nan(&rows))] {
        assert_eq!(rkd_distance(student, teacher).unwrap_err().kind(), ErrorKind::NotFinite);
        assert_eq!(rkd_angle(student, teacher).unwrap_err().kind(), ErrorKind::NotFinite);
    }
    for (student, teacher) in [(&nan(&maps), &maps), (&maps, &nan(&maps))] {
        assert_eq!(gram(student, teacher).unwrap_err().kind(), ErrorKind::NotFinite);
    }
    let fewer = |t: &Tensor| t.narrow(0, 0, 3).unwrap();
    assert_eq!(rkd_distance(&rows, &fewer(&rows)).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(rkd_angle(&maps, &rows).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(rkd_angle(&rows.narrow(0, 0, 0).unwrap(), &rows.narrow(0, 0, 0).unwrap()).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(gram(&maps, &fewer(&maps)).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(gram(&rows, &rows).unwrap_err().kind(), ErrorKind::Argument);
}
